-- The metrics of several runs, whose ids are a JSON list.
select run, stage, name, subject, value, low, high, level, unit, better
from metric
where run in (select value from json_each(:runs))
order by run, stage, ordinal
