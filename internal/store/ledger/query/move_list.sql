-- The history of an alias, the oldest move first. An empty alias matches all.
select id, model, alias, kind, from_version, to_version, reason, actor, created
from move
where model = :model
  and (:alias = '' or alias = :alias)
order by id
