insert into said (run, of, text)
values (:run, :of, :text)
on conflict (run, of) do update set text = excluded.text
