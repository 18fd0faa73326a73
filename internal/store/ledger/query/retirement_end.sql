-- A version that was made again is retired no longer.
delete from retirement
where model = :model and version = :version
