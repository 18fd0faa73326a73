-- Registered versions, each model's oldest first. Empty arguments match all.
select v.model, v.version, v.artifact, pipeline, run, stage, estimator, metric, decision, details, v.created, coalesce(r.reason, ''), t.created,
       coalesce(f.artifact, ''), coalesce(f.rows, 0), coalesce(f.judged, 0)
from version v
left join retraction r on r.model = v.model and r.version = v.version
left join retirement t on t.model = v.model and t.version = v.version
left join final_fit f on f.model = v.model and f.version = v.version
where (:model = '' or v.model = :model)
  and (:version = 0 or v.version = :version)
order by v.model, v.version
