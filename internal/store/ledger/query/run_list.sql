-- Runs, the newest first. An empty status matches all, and so does an empty id.
select id, pipeline, status, coalesce(same_as, ''), started, ended, git, dirty, command, params, declared,
       host, pid, process, versions, error
from run
where (:status = '' or status = :status)
  and (:before = '' or sequence < (select sequence from run where id = :before))
order by sequence desc
limit :limit offset :offset
