-- Nobody is beginning it, or who was is gone.
update queue
set host = :host, pid = :pid, process = :process
where id = :id and host = :was_host and pid = :was_pid and process = :was_process
