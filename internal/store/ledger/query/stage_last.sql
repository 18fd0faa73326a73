-- The stages of a pipeline as they last succeeded or were found in the cache,
-- looked for in its newest runs only. Without names: all of the newest run
-- that has any.
select run, name, ordinal, kind, key, coalesce(key.text, ''), status, reason, started, ended,
       cpu, memory, output, cell, log, ran, error, makes
from stage left join key on key.digest = stage.key
where run = :run
  and status in ('succeeded', 'cached')
  and (:names = 'null' or name in (select value from json_each(:names)))
order by ordinal, name
