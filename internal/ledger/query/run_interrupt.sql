-- A run whose process died: it never came to say how it ended.
update run
set status = 'interrupted', error = :error
where id = :id and status = 'running'
