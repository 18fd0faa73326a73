-- Not of one that is revoked. Null: it never expires.
update access_key
set expires = :expires
where name = :name and revoked is null
