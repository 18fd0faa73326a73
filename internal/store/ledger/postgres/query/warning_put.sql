-- Of all rows at once.
insert into warning (run, stage, ordinal, level, text, "column", count, code, remedy, muted)
select run, stage, ordinal, level, text, "column", count, code, remedy, muted
from json_populate_recordset(cast(null as warning), cast(:rows as json))
