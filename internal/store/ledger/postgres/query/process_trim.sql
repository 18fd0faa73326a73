-- Others have long been silent.
delete from process
where seen < now() - interval '1 day'
