-- A row for each version of each registered model.
select
  version.model as model,                                                          -- the model's name
  version.version as version,                                                      -- 1, 2, … of the model
  case when version.version = (select to_version from move
    where move.model = version.model and alias = 'champion'
    order by id desc limit 1) then 1 else 0 end as champion,                       -- 1: it is the champion now
  version.pipeline as pipeline,                                                    -- the pipeline that made it
  version.run as run,                                                              -- the run that registered it
  version.stage as stage,                                                          -- the stage that trained it
  version.estimator as estimator,                                                  -- boosting, linear and so on
  version.metric as metric,                                                        -- what it was chosen by
  chosen.value as value,                                                           -- that metric, of the judged fit
  chosen.low as low,                                                               -- the lower end of its interval
  chosen.high as high,                                                             -- the upper end
  chosen.unit as unit,                                                             -- its unit
  chosen.better as better,                                                         -- lower or higher
  strftime('%Y-%m-%dT%H:%M:%fZ', version.created / 1e9, 'unixepoch') as registered, -- when, UTC
  version.decision as decision,                                                    -- why it became champion or not
  retraction.reason as retracted,                                                  -- why it was taken back; null where it was not
  strftime('%Y-%m-%dT%H:%M:%fZ', retirement.created / 1e9, 'unixepoch') as retired, -- since when gc need not keep its bytes, UTC; null where it has to
  final_fit.judged as judged_rows,                                                 -- rows that the judged fit has learned from; null where it answers itself
  final_fit.rows as final_rows,                                                    -- rows that the fit which answers has learned from
  version.artifact as artifact                                                     -- digest of the judged fit
from version
left join version_metric chosen on chosen.model = version.model and chosen.version = version.version
  and chosen.name = version.metric and chosen.ordinal = (select min(ordinal) from version_metric m
    where m.model = version.model and m.version = version.version and m.name = version.metric)
left join retraction on retraction.model = version.model and retraction.version = version.version
left join retirement on retirement.model = version.model and retirement.version = version.version
left join final_fit on final_fit.model = version.model and final_fit.version = version.version
