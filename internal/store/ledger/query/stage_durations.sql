-- The newest executions of a pipeline's stages, the newest first; whoever reads them stops
-- when they tell nothing new.
select name, stage.ended - stage.started
from stage indexed by stage_executed join run on run.id = stage.run
where stage.status = 'succeeded'
  and stage.ended is not null
  and run.pipeline = :pipeline
order by stage.started desc
limit 20000
