select run, name, ordinal, kind, key, coalesce(key.text, ''), status, reason, started, ended,
       cpu, memory, output, cell, log, ran, error, makes
from stage left join key on key.digest = stage.key
where run = :run
  and status in ('succeeded', 'cached')
  and (:names = 'null' or name in (select value from json_array_elements_text(cast(nullif(:names, 'null') as json))))
order by ordinal, name
