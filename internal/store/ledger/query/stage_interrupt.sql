update stage
set status = 'interrupted'
where run = :run and status = 'running'
