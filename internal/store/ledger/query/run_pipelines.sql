-- The pipelines that were ever run, by name: each is looked up behind the one before, so
-- that a long history costs no more than a short one.
with recursive known (pipeline) as (
  select min(pipeline) from run
  union all
  select (select min(pipeline) from run where run.pipeline > known.pipeline)
  from known
  where pipeline is not null
)
select pipeline
from known
where pipeline is not null
order by pipeline
