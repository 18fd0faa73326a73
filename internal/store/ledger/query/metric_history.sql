-- A metric over the runs of a pipeline, the oldest first: one row whenever the
-- output that it describes was another than in the run before.
with point as (
  select run.id as run, run.sequence, run.started, metric.stage, stage.ran, stage.output, metric.ordinal,
         metric.name, subject, value, low, high, level, unit, better,
         lag(stage.output) over (partition by metric.stage, metric.name, subject
                                 order by run.sequence) as before
  from metric
    join stage on stage.run = metric.run and stage.name = metric.stage
    join run on run.id = metric.run
  where metric.name = :metric
    and run.pipeline = :pipeline
    and (:stage = '' or metric.stage = :stage)
    and (cast(:subject as text) is null or subject = :subject)
    and stage.status in ('succeeded', 'cached')
)
select run, started, stage, ran, name, subject, value, low, high, level, unit, better
from (select * from point
      where before is null or before <> output
      order by sequence desc limit :limit) as newest
order by sequence, stage, ordinal
