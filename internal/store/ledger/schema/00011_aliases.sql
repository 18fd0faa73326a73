-- The trail tells the champion's moves from those of other aliases.

-- +goose Up
drop view trail;
create view trail as
select time, id, actor, client, action, subject, detail
from event
union all
select created, id, actor, '',
  case
    when alias <> 'champion' then case to_version when 0 then 'remove alias' else 'set alias' end
    when kind = 'promote' then 'promote'
    when kind = 'rollback' then 'roll back'
    else 'retract'
  end,
  case
    when alias <> 'champion' then model || '@' || alias
    else model || '@' || case kind when 'retract' then from_version else to_version end
  end,
  case
    when alias <> 'champion' and to_version > 0 then 'to version ' || to_version || case reason when '' then '' else ': ' || reason end
    else reason
  end
from move
union all
select created, 0, actor, '', 'retract', model || '@' || version, reason
from retraction
where not exists (
  select 1 from move
  where move.kind = 'retract' and move.model = retraction.model and move.from_version = retraction.version);

-- +goose Down
drop view trail;
create view trail as
select time, id, actor, client, action, subject, detail
from event
union all
select created, id, actor, '',
  case kind when 'promote' then 'promote' when 'rollback' then 'roll back' else 'retract' end,
  model || '@' || case kind when 'retract' then from_version else to_version end,
  reason
from move
union all
select created, 0, actor, '', 'retract', model || '@' || version, reason
from retraction
where not exists (
  select 1 from move
  where move.kind = 'retract' and move.model = retraction.model and move.from_version = retraction.version);
