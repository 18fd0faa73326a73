-- Those that a key has end at a time, if not before.
update access_secret
set expires = min(coalesce(expires, :expires), :expires)
where name = :name
