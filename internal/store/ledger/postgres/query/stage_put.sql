-- A replaced row stays, and loses its metrics and warnings.
with metrics as (delete from metric where run = :run and stage = :name),
     warnings as (delete from warning where run = :run and stage = :name)
insert into stage (run, name, ordinal, kind, key, status, reason, started, ended,
                   cpu, memory, output, cell, log, ran, error, makes)
values (:run, :name, :ordinal, :kind, :key, :status, :reason, :started, :ended,
        :cpu, :memory, :output, :cell, :log, :ran, :error, :makes)
on conflict (run, name) do update set
  ordinal = excluded.ordinal, kind = excluded.kind, key = excluded.key, status = excluded.status, reason = excluded.reason,
  started = excluded.started, ended = excluded.ended, cpu = excluded.cpu, memory = excluded.memory, output = excluded.output,
  cell = excluded.cell, log = excluded.log, ran = excluded.ran, error = excluded.error, makes = excluded.makes
