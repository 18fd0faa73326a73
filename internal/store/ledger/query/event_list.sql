-- The newest first; a null time stands for now.
select time, actor, client, action, subject, detail
from trail
where cast(:before as bigint) is null or time < :before
order by time desc, id desc
limit :limit
