-- How long the stages of a pipeline took, the last five times that each ran,
-- among the newest executions of all pipelines.
with newest as (
  select run, name, started, ended
  from stage indexed by stage_executed
  where status = 'succeeded' and started is not null and ended is not null
  order by started desc
  limit 50000
),
execution as (
  select name, newest.ended - newest.started as took,
         row_number() over (partition by name order by newest.started desc) as age
  from newest join run on run.id = newest.run
  where run.pipeline = :pipeline
)
select name, took
from execution
where age <= 5
order by name, took
