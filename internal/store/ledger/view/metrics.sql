-- A row for each value that a stage of a run measured.
select
  run.id as run,                                                                   -- the run
  run.pipeline as pipeline,                                                        -- the run's pipeline
  metric.stage as stage,                                                           -- the stage that measured it
  metric.subject as subject,                                                       -- what was measured, as in train/boosting; '' for the stage itself
  metric.name as metric,                                                           -- mae, r2, f1_weighted and so on
  metric.value as value,                                                           -- the number; null where it is none
  metric.low as low,                                                               -- the lower end of its interval
  metric.high as high,                                                             -- the upper end
  nullif(metric.level, 0) as level,                                                -- of the interval: 0.95
  metric.unit as unit,                                                             -- the unit, as in USD
  metric.better as better                                                          -- lower or higher
from run join metric on metric.run = coalesce(run.same_as, run.id)
