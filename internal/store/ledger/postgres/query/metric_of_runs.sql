select run, stage, name, subject, value, low, high, level, unit, better
from metric
where run in (select value from json_array_elements_text(cast(:runs as json)))
order by run, stage, ordinal
