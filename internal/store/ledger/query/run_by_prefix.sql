-- The runs whose id begins with a prefix, the newest first.
select id, pipeline, status, coalesce(same_as, ''), started, ended, git, dirty, command, params, declared,
       host, pid, process, versions, error
from run
where id >= :prefix and id < :prefix || '~' and substr(id, 1, length(:prefix)) = :prefix
order by sequence desc
limit 5
