-- What people say of several runs, whose ids are a JSON list.
select run, name, note, tags
from remark
where run in (select value from json_each(:runs))
