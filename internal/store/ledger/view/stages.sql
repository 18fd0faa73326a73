-- A row for each stage of each run; of a run in which nothing had changed, those of the run that stands for it.
select
  run.id as run,                                                                   -- the run
  run.pipeline as pipeline,                                                        -- the run's pipeline
  stage.name as stage,                                                             -- its name, as in train/boosting
  stage.ordinal as number,                                                         -- its place in the pipeline's order, from 0
  stage.kind as kind,                                                              -- load, split, train and so on
  case when run.same_as is null then stage.status else 'cached' end as status,     -- running, succeeded, failed, cached, skipped or interrupted
  stage.reason as reason,                                                          -- why it ran, or why not
  strftime('%Y-%m-%dT%H:%M:%fZ', stage.started / 1e9, 'unixepoch') as started,     -- when it began, UTC; null when it did not run
  (stage.ended - stage.started) / 1e9 as seconds,                                  -- how long it took
  stage.cpu / 1e9 as cpu_seconds,                                                  -- time of processors, of user and system
  stage.memory as memory,                                                          -- bytes at the peak
  stage.makes as makes,                                                            -- the types of its output
  stage.output as output,                                                          -- digest of its output
  stage.ran as ran,                                                                -- the run that computed the output
  stage.error as error                                                             -- why it failed
from run join stage on stage.run = coalesce(run.same_as, run.id)
