-- A run whose process died: it never came to say how it ended. It lived at least
-- until the last of its stages ended.
update run
set status = 'interrupted', error = :error, ended = (select max(ended) from stage where stage.run = run.id)
where id = :id and status = 'running'
