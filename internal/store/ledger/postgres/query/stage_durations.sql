select name, stage.ended - stage.started
from stage join run on run.id = stage.run
where stage.status = 'succeeded'
  and stage.ended is not null
  and run.pipeline = :pipeline
order by stage.started desc
limit 20000
