-- A version is retracted once; the first reason stays.
insert into retraction (model, version, reason, actor, created)
values (:model, :version, :reason, :actor, :created)
on conflict do nothing
