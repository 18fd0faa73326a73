-- How long the stages of a pipeline took, the last five times that each ran.
with execution as (
  select name, stage.ended - stage.started as took,
         row_number() over (partition by name order by stage.started desc) as age
  from stage join run on run.id = stage.run
  where run.pipeline = :pipeline
    and stage.status = 'succeeded'
    and stage.started is not null and stage.ended is not null
)
select name, took
from execution
where age <= 5
order by name, took
