-- Where an alias stands.
select to_version
from move
where model = :model and alias = :alias
order by id desc
limit 1
