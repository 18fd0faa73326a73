-- Of all rows at once.
insert into metric (run, stage, ordinal, name, subject, value, low, high, level, unit, better)
select run, stage, ordinal, name, subject, value, low, high, level, unit, better
from json_populate_recordset(cast(null as metric), cast(:rows as json))
