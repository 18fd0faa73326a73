-- Nobody works at it, or who did is gone.
update batch
set host = :host, pid = :pid, process = :process
where id = :id and ended = 0 and host = :was_host and pid = :was_pid and process = :was_process
