update run
set status = :status, same_as = nullif(:same_as, ''), signature = :signature, ended = :ended, error = :error
where id = :id
