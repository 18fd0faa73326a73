-- Of all rows at once. A replaced row stays, and loses its metrics and warnings.
with given as (select * from json_populate_recordset(cast(null as stage), cast(:rows as json))),
     metrics as (delete from metric using given where metric.run = given.run and metric.stage = given.name),
     warnings as (delete from warning using given where warning.run = given.run and warning.stage = given.name)
insert into stage (run, name, ordinal, kind, key, status, reason, started, ended,
                   cpu, memory, output, cell, log, ran, error, makes)
select run, name, ordinal, kind, key, status, reason, started, ended,
       cpu, memory, output, cell, log, ran, error, makes
from given
on conflict (run, name) do update set
  ordinal = excluded.ordinal, kind = excluded.kind, key = excluded.key, status = excluded.status, reason = excluded.reason,
  started = excluded.started, ended = excluded.ended, cpu = excluded.cpu, memory = excluded.memory, output = excluded.output,
  cell = excluded.cell, log = excluded.log, ran = excluded.ran, error = excluded.error, makes = excluded.makes
