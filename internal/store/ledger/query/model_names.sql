-- The names of all models, each looked up behind the one before.
with recursive known (model) as (
  select min(model) from version
  union all
  select (select min(model) from version where version.model > known.model)
  from known
  where model is not null
)
select model
from known
where model is not null
order by model
