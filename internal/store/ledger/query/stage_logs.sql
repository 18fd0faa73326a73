-- Logs that are kept for their own sake: of stages that failed in the newest run of
-- each pipeline, and of all runs that began at :since or later, where that is not null.
select distinct stage.log
from stage join run on run.id = stage.run
where stage.log <> ''
  and (run.started >= :since
       or stage.status = 'failed'
          and run.sequence in (select max(r.sequence) from run r where r.same_as is null group by r.pipeline))
order by stage.log
