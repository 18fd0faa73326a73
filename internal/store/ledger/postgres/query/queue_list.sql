-- The queue, the first first, and whether the process that takes one has been silent.
select id, pipeline, job, asked, queue.host, queue.pid, queue.process,
       case when process.seen > now() - interval '60 seconds' then 0 else 1 end
from queue left join process on process.host = queue.host and process.pid = queue.pid and process.process = queue.process
order by place
