-- The stages of a run in the pipeline's order.
select run, name, ordinal, kind, key, coalesce(key.text, ''), status, reason, started, ended,
       cpu, memory, output, cell, log, ran, error, makes
from stage left join key on key.digest = stage.key
where run = :run
order by ordinal, name
