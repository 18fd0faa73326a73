-- The runs that nobody has seen the end of, on whatever machine, and whether their
-- process has been silent.
select run.id, run.host, run.pid, run.process,
       case when process.seen > now() - interval '60 seconds' then 0 else 1 end
from run left join process on process.host = run.host and process.pid = run.pid and process.process = run.process
where status = 'running'
order by id
