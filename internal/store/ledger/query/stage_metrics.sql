-- The metrics of all stages of a run.
select stage, name, subject, value, low, high, level, unit, better
from metric
where run = :run
order by stage, ordinal
