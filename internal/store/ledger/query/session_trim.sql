delete from session
where expires <= :now
