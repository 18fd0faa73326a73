update run
set status = :status, same_as = nullif(:same_as, ''), ended = :ended, error = :error
where id = :id
