-- The queue, the first first.
select id, pipeline, job, asked, host, pid, process, 0
from queue
order by place
