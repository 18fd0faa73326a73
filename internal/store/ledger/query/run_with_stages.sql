-- The newest runs of a pipeline that have stage rows of their own.
select id
from run
where pipeline = :pipeline
  and exists (select 1 from stage where stage.run = run.id)
order by sequence desc
limit :limit
