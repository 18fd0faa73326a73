-- What serve stages left that a server may ask for: in the runs that registered
-- a version that is not retired, and in the newest run of each pipeline that left anything.
with served as (
  select run.pipeline, run.sequence, stage.run, stage.output
  from stage join run on run.id = stage.run
  where ' ' || stage.makes || ' ' like '% service %' and stage.output <> ''
)
select distinct output
from served
where run in (select v.run from version v
              where not exists (select 1 from retirement t where t.model = v.model and t.version = v.version))
   or sequence in (select max(sequence) from served group by pipeline)
order by output
