-- The secrets of every key, the newest first.
select name, digest, hint, created, expires
from access_secret
order by name, created desc, digest
