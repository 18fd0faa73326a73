insert into event (time, actor, client, action, subject, detail)
values (:time, :actor, :client, :action, :subject, :detail)
