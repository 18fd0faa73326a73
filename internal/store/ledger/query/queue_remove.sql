-- One that waits.
delete from queue
where id = :id and pid = 0
