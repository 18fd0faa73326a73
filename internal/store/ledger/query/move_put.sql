-- Compare and set: inserts nothing when the alias stands elsewhere.
insert into move (model, alias, kind, from_version, to_version, reason, actor, created)
select :model, :alias, :kind, :from, :to, :reason, :actor, :created
where :from = coalesce((select to_version from move
                        where model = :model and alias = :alias
                        order by id desc limit 1), 0)
returning id
