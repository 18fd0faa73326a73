-- A row for each execution of a pipeline.
select
  run.id as run,                                                                   -- its id, as in 20261121-223105-k3f9c2
  run.sequence as number,                                                          -- 1, 2, … as they began; the order of runs
  run.pipeline as pipeline,                                                        -- the pipeline's name
  run.status as status,                                                            -- running, succeeded, failed, cached (nothing had changed) or interrupted
  run.same_as as same_as,                                                          -- the run whose stages stand for this one's, for nothing had changed
  strftime('%Y-%m-%dT%H:%M:%fZ', run.started / 1e9, 'unixepoch') as started,       -- when it began, UTC
  strftime('%Y-%m-%dT%H:%M:%fZ', run.ended / 1e9, 'unixepoch') as ended,           -- when it ended, UTC
  (run.ended - run.started) / 1e9 as seconds,                                      -- how long it took
  run.params as params,                                                            -- the pipeline's parameters, a JSON object: params ->> 'seed'
  run.git as commit_id,                                                            -- commit of the project's sources; '' outside a repository
  run.dirty as dirty,                                                              -- 1: the sources differed from that commit
  run.command as command,                                                          -- the command line, a JSON list
  run.versions ->> 'labbook' as labbook,                                           -- the version of labbook
  run.host as host,                                                                -- the machine
  run.error as error                                                               -- why it failed, in words
from run
