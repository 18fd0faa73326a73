-- The queue, the first first.
select id, pipeline, job, asked, host, pid, process
from queue
order by place
