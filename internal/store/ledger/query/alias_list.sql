-- Where every alias stands.
select model, alias, to_version
from move
where id in (select max(id) from move group by model, alias)
order by model, alias
