-- The next version of a model.
insert into version (model, version, artifact, pipeline, run, stage, estimator, metric, decision, details, created)
select :model, 1 + coalesce(max(version), 0), :artifact, :pipeline, :run, :stage, :estimator, :metric,
       :decision, :details, :created
from version
where model = :model
returning version
