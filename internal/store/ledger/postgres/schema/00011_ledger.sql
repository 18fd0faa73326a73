-- The ledger as the migrations of SQLite have made it up to this one; what is said of
-- tables and columns there holds here. Texts compare by their bytes, as in SQLite.

-- +goose Up
create table run (
  id        text collate "C" not null primary key,
  pipeline  text collate "C" not null,
  status    text collate "C" not null check (status in ('running', 'succeeded', 'failed', 'cached', 'interrupted')),
  same_as   text collate "C" references run (id),
  started   bigint not null,
  ended     bigint,
  git       text collate "C" not null default '',
  dirty     bigint not null default 0,
  command   json not null default '[]',
  params    json not null default '{}',
  declared  text collate "C" not null default '',
  host      text collate "C" not null default '',
  pid       bigint not null default 0,
  process   text collate "C" not null default '',
  versions  json not null default '{}',
  error     text collate "C" not null default '',
  sequence  bigint not null
);

create unique index run_by_sequence on run (sequence);
create index run_by_pipeline on run (pipeline, sequence);
create index run_alive on run (host) where status = 'running';

create table key (
  digest  text collate "C" not null primary key,
  text    text collate "C" not null
);

create table stage (
  run      text collate "C" not null references run (id) on delete cascade,
  name     text collate "C" not null,
  ordinal  bigint not null,
  kind     text collate "C" not null,
  key      text collate "C" not null default '',
  status   text collate "C" not null check (status in ('running', 'succeeded', 'failed', 'cached', 'skipped', 'interrupted')),
  reason   text collate "C" not null default '',
  started  bigint,
  ended    bigint,
  cpu      bigint not null default 0,
  memory   bigint not null default 0,
  output   text collate "C" not null default '',
  cell     text collate "C" not null default '',
  log      text collate "C" not null default '',
  ran      text collate "C" not null default '',
  error    text collate "C" not null default '',
  makes    text collate "C" not null default '',
  primary key (run, name)
);

create index stage_executed on stage (started) where status = 'succeeded';

create table metric (
  run      text collate "C" not null,
  stage    text collate "C" not null,
  ordinal  bigint not null,
  name     text collate "C" not null,
  subject  text collate "C" not null default '',
  value    double precision,
  low      double precision,
  high     double precision,
  level    double precision not null default 0,
  unit     text collate "C" not null default '',
  better   text collate "C" not null default '' check (better in ('', 'lower', 'higher')),
  primary key (run, stage, ordinal),
  foreign key (run, stage) references stage (run, name) on delete cascade
);

create index metric_by_name on metric (name, stage, run);

create table warning (
  run       text collate "C" not null,
  stage     text collate "C" not null,
  ordinal   bigint not null,
  level     text collate "C" not null,
  text      text collate "C" not null,
  "column"  text collate "C" not null default '',
  count     bigint not null default 0,
  code      text collate "C" not null default '',
  remedy    text collate "C" not null default '',
  muted     text collate "C" not null default '',
  primary key (run, stage, ordinal),
  foreign key (run, stage) references stage (run, name) on delete cascade
);

create table trial (
  study         text collate "C" not null,
  number        bigint not null,
  params        json not null,
  state         text collate "C" not null check (state in ('running', 'complete', 'pruned', 'failed')),
  value         double precision,
  intermediate  json not null default '[]',
  started       bigint,
  ended         bigint,
  run           text collate "C" not null default '',
  primary key (study, number)
);

create table version (
  model      text collate "C" not null,
  version    bigint not null check (version > 0),
  artifact   text collate "C" not null,
  pipeline   text collate "C" not null default '',
  run        text collate "C" not null default '',
  stage      text collate "C" not null default '',
  estimator  text collate "C" not null default '',
  metric     text collate "C" not null default '',
  decision   text collate "C" not null default '',
  details    text collate "C" not null default '',
  created    bigint not null,
  primary key (model, version),
  unique (model, artifact)
);

create table version_metric (
  model    text collate "C" not null,
  version  bigint not null,
  ordinal  bigint not null,
  name     text collate "C" not null,
  subject  text collate "C" not null default '',
  value    double precision,
  low      double precision,
  high     double precision,
  level    double precision not null default 0,
  unit     text collate "C" not null default '',
  better   text collate "C" not null default '' check (better in ('', 'lower', 'higher')),
  primary key (model, version, ordinal),
  foreign key (model, version) references version (model, version) on delete cascade
);

create table move (
  id            bigint generated by default as identity primary key,
  model         text collate "C" not null,
  alias         text collate "C" not null,
  kind          text collate "C" not null check (kind in ('promote', 'rollback', 'retract')),
  from_version  bigint not null,
  to_version    bigint not null,
  reason        text collate "C" not null default '',
  actor         text collate "C" not null default '',
  created       bigint not null
);

create index move_by_alias on move (model, alias, id);

create table retraction (
  model    text collate "C" not null,
  version  bigint not null,
  reason   text collate "C" not null,
  actor    text collate "C" not null default '',
  created  bigint not null,
  primary key (model, version),
  foreign key (model, version) references version (model, version) on delete cascade
);

create table final_fit (
  model     text collate "C" not null,
  version   bigint not null,
  artifact  text collate "C" not null,
  rows      bigint not null,
  judged    bigint not null,
  primary key (model, version),
  foreign key (model, version) references version (model, version) on delete cascade
);

create table retirement (
  model    text collate "C" not null,
  version  bigint not null,
  created  bigint not null,
  primary key (model, version),
  foreign key (model, version) references version (model, version) on delete cascade
);

create table schedule (
  pipeline  text collate "C" primary key,
  due       bigint not null
);

create table access_key (
  name       text collate "C" primary key,
  scopes     json not null,
  pipelines  json not null,
  created    bigint not null,
  creator    text collate "C" not null,
  expires    bigint,
  revoked    bigint
);

create table access_secret (
  digest   text collate "C" primary key,
  name     text collate "C" not null references access_key (name) on delete cascade,
  hint     text collate "C" not null,
  created  bigint not null,
  expires  bigint
);

create table session (
  digest   text collate "C" primary key,
  name     text collate "C" not null,
  secret   text collate "C" not null,
  created  bigint not null,
  expires  bigint not null
);

create table event (
  id       bigint generated by default as identity primary key,
  time     bigint not null,
  actor    text collate "C" not null,
  client   text collate "C" not null default '',
  action   text collate "C" not null,
  subject  text collate "C" not null,
  detail   text collate "C" not null default ''
);

create table queue (
  id        text collate "C" primary key,
  place     bigint not null unique,
  pipeline  text collate "C" not null,
  job       json not null,
  asked     bigint not null,
  host      text collate "C" not null default '',
  pid       bigint not null default 0,
  process   text collate "C" not null default ''
);

create table remark (
  run   text collate "C" primary key,
  name  text collate "C" not null default '',
  note  text collate "C" not null default '',
  tags  json not null default '[]'
);

-- Processes that run something, on whatever machine: they say again and again that they
-- live, for no machine can look for the processes of another.
create table process (
  host     text collate "C" not null,
  pid      bigint not null,
  process  text collate "C" not null,
  seen     timestamptz not null, -- by the server's clock
  primary key (host, pid, process)
);

-- What a run and others say to one another while it lives.
create table said (
  run   text collate "C" not null,
  of    text collate "C" not null, -- 'progress.json', 'stop'
  text  text collate "C" not null,
  primary key (run, of)
);

-- +goose StatementBegin
create function leave_queue() returns trigger language plpgsql as $$
begin
  delete from queue where id = new.id;
  return null;
end;
$$;
-- +goose StatementEnd
create trigger run_leaves_queue after insert on run for each row execute function leave_queue();

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
