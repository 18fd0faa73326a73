-- The runs that this host has not seen the end of.
select id, host, pid, process, 0
from run
where status = 'running' and host = :host
order by id
