-- Registered versions, each model's oldest first. Empty arguments match all.
select v.model, v.version, artifact, pipeline, run, stage, estimator, metric, decision, details, v.created, coalesce(r.reason, '')
from version v
left join retraction r on r.model = v.model and r.version = v.version
where (:model = '' or v.model = :model)
  and (:version = 0 or v.version = :version)
order by v.model, v.version
