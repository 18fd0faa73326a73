-- Every key, also those that opened once.
select name, scopes, pipelines, created, creator, expires, revoked
from access_key
order by name
