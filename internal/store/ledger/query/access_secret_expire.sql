-- Those that a key has end at a time, if not before.
update access_secret
set expires = case when expires < :expires then expires else :expires end
where name = :name
