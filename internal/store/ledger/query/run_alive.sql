-- The runs that this host has not seen the end of.
select id, pid, process
from run
where status = 'running' and host = :host
order by id
