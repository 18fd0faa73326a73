-- Registered versions, each model's oldest first. Empty arguments match all.
select model, version, artifact, pipeline, run, stage, estimator, metric, decision, details, created
from version
where (:model = '' or model = :model)
  and (:version = 0 or version = :version)
order by model, version
