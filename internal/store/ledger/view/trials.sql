-- A row for each trial of a search over parameters.
select
  trial.study as study,                                                            -- names the search: the digest of what its trials share
  trial.number as trial,                                                           -- from 0
  trial.run as run,                                                                -- the run that computed it
  run.pipeline as pipeline,                                                        -- that run's pipeline
  trial.params as params,                                                          -- what was tried, a JSON object: params ->> 'max_depth'
  trial.state as state,                                                            -- running, complete, pruned or failed
  trial.value as value,                                                            -- of the objective; null unless complete
  strftime('%Y-%m-%dT%H:%M:%fZ', trial.started / 1e9, 'unixepoch') as started,     -- when it began, UTC
  (trial.ended - trial.started) / 1e9 as seconds                                   -- how long it took
from trial left join run on run.id = trial.run
