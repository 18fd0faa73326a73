-- Nothing is inserted where the name is taken.
insert into access_key (name, scopes, pipelines, created, creator, expires)
values (:name, :scopes, :pipelines, :created, :creator, :expires)
on conflict do nothing
