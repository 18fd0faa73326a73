-- Versions can be retracted, and then the champion may stand nowhere.

-- +goose Up
create table retraction (
  model    text    not null,
  version  integer not null,
  reason   text    not null,            -- in words of who retracts it
  actor    text    not null default '', -- 'cli'
  created  integer not null,
  primary key (model, version),
  foreign key (model, version) references version (model, version) on delete cascade
) strict, without rowid;

create table moved (
  id            integer primary key autoincrement,
  model         text    not null,
  alias         text    not null,   -- 'champion'
  kind          text    not null check (kind in ('promote', 'rollback', 'retract')),
  from_version  integer not null,   -- 0: none stood
  to_version    integer not null,   -- 0: none stands
  reason        text    not null default '',
  actor         text    not null default '', -- 'run 20261121-…', 'cli'
  created       integer not null
) strict;

insert into moved (id, model, alias, kind, from_version, to_version, reason, actor, created)
select id, model, alias, kind, from_version, to_version, reason, actor, created
from move
order by id;

drop table move;
alter table moved rename to move;
create index move_by_alias on move (model, alias, id);

-- +goose Down
drop table retraction;
delete from move where to_version = 0 or kind = 'retract';
