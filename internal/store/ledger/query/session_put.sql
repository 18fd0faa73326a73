insert into session (digest, name, secret, created, expires)
values (:digest, :name, :secret, :created, :expires)
