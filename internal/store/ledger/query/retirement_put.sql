-- A version is retired once.
insert into retirement (model, version, created)
values (:model, :version, :created)
on conflict do nothing
