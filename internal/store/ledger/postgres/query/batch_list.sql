-- All batches, the oldest first, and whether the process that took one has been silent.
select id, state, place, ended, batch.host, batch.pid, batch.process,
       case when process.seen > now() - interval '60 seconds' then 0 else 1 end
from batch left join process on process.host = batch.host and process.pid = batch.pid and process.process = batch.process
order by id
