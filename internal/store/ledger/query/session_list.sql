-- Those that have not expired.
select digest, name, secret, created, expires
from session
where expires > :now
