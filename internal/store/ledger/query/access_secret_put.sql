-- One that lasts as long as its key.
insert into access_secret (digest, name, hint, created)
values (:digest, :name, :hint, :created)
