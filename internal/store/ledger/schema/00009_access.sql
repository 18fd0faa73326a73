-- Who may ask the server for what, and who changed what.

-- +goose Up
create table access_key (
  name       text    primary key,
  scopes     text    not null,            -- JSON list: 'predict', 'read', 'train', 'promote', 'admin'
  pipelines  text    not null,            -- JSON list; empty: every pipeline
  created    integer not null,
  creator    text    not null,            -- 'cli', 'key NAME'
  expires    integer,                     -- null: never
  revoked    integer                      -- null: it was not
) strict, without rowid;

create table access_secret (
  digest     text    primary key,         -- SHA-256 of the secret
  name       text    not null references access_key (name) on delete cascade,
  hint       text    not null,            -- how the secret begins
  created    integer not null,
  expires    integer                      -- null: with its key
) strict, without rowid;

create table session (
  digest     text    primary key,         -- SHA-256 of the cookie
  name       text    not null,            -- of the key; 'token' is none of the table's
  secret     text    not null,            -- digest of the secret that was shown
  created    integer not null,
  expires    integer not null
) strict, without rowid;

create table event (
  id         integer primary key autoincrement,
  time       integer not null,
  actor      text    not null,            -- 'cli', 'key NAME'
  client     text    not null default '', -- address
  action     text    not null,            -- 'create key'
  subject    text    not null,            -- that it happened to
  detail     text    not null default ''
) strict;

-- Whoever changed something: events, and what has rows of its own.
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

-- +goose Down
drop view trail;
drop table event;
drop table session;
drop table access_secret;
drop table access_key;
