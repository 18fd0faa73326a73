-- Those of a pipeline, by their index.
select id, pipeline, status, coalesce(same_as, ''), started, ended, git, dirty, command, params, declared,
       host, pid, process, versions, error
from run
where pipeline = :pipeline
  and (:status = '' or status = :status)
  and (:before = '' or sequence < (select sequence from run where id = :before))
order by sequence desc
limit :limit offset :offset
