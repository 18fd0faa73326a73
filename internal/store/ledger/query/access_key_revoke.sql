-- For good.
update access_key
set revoked = :revoked
where name = :name and revoked is null
