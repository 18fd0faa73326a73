-- Runs, the newest first. Empty arguments match all.
select id, pipeline, status, coalesce(same_as, ''), started, ended, git, dirty, command, params, declared,
       host, pid, process, versions, error
from run
where (:pipeline = '' or pipeline = :pipeline)
  and (:status = '' or status = :status)
  and (:before = '' or sequence < (select sequence from run where id = :before))
order by sequence desc
limit :limit offset :offset
