-- The warnings of all stages of a run.
select stage, level, text, "column", count, code, remedy, muted
from warning
where run = :run
order by stage, ordinal
