-- The ledger: what was run, what came out, which models were registered, and
-- which of them stood as champion when.
--
-- Conventions. Every time is an INTEGER, nanoseconds since 1970-01-01 UTC; to
-- read one: datetime(started / 1000000000, 'unixepoch'). Every digest is the
-- SHA-256 in 64 lower-case hex digits. Rows are only added; what changes later
-- is how a run, a stage or a trial ended.

-- +goose Up

-- One execution of one pipeline.
create table run (
  id        text not null primary key, -- sorts by time: 20261121-223105-k3f9c2
  pipeline  text not null,             -- the pipeline's name
  status    text not null check (status in
            ('running', 'succeeded', 'failed', 'cached', 'interrupted')),
  same_as   text references run (id),  -- the run whose stages stand for this one's: all cached, and declared the same
  started   integer not null,
  ended     integer,                   -- null while running, and when its process died
  git       text not null default '',  -- commit of the project, '' outside a repository
  dirty     integer not null default 0, -- 1: the project differed from that commit
  command   text not null default '[]', -- JSON list: the command line
  params    text not null default '{}', -- JSON object: the pipeline's parameters, name to text
  declared  text not null default '',  -- digest of the pipeline as it was declared, with these parameters; '' if not known
  host      text not null default '',
  pid       integer not null default 0,
  process   text not null default '',  -- tells this process from a later one with its pid; see process.go
  versions  text not null default '{}', -- JSON object: labbook, go, arch
  error     text not null default ''   -- why it failed, in words
) strict, without rowid;

create index run_by_pipeline on run (pipeline, started, id);
create index run_by_time on run (started, id);
create index run_alive on run (host) where status = 'running';

-- The text behind a key, once however many runs asked for it.
create table key (
  digest  text not null primary key, -- of text
  text    text not null              -- one labelled line per ingredient
) strict;

-- One stage of one run.
create table stage (
  run      text    not null references run (id) on delete cascade,
  name     text    not null,
  ordinal  integer not null,            -- its place in the pipeline's order, from 0
  kind     text    not null,
  key      text    not null default '', -- key.digest; '' when the stage never came to have one
  status   text    not null check (status in
           ('running', 'succeeded', 'failed', 'cached', 'skipped', 'interrupted')),
  reason   text    not null default '', -- why it ran, or why not, in words
  started  integer,                     -- null when it did not run
  ended    integer,
  cpu      integer not null default 0,  -- nanoseconds, user and system
  memory   integer not null default 0,  -- bytes resident at the peak
  output   text    not null default '', -- digest of the output's tree
  cell     text    not null default '', -- digest of the notebook cell
  log      text    not null default '', -- digest of the log
  ran      text    not null default '', -- the run that computed the output; not a reference: that run may be of another database
  error    text    not null default '',
  primary key (run, name)
) strict;

-- For the expected time: the stages that really ran, the newest at the end, so
-- that a run of many stages touches few pages of the index.
create index stage_executed on stage (started) where status = 'succeeded';

-- What a stage measured.
create table metric (
  run      text    not null,
  stage    text    not null,
  ordinal  integer not null,            -- its place among the stage's metrics, from 0
  name     text    not null,            -- 'mae', 'r2', 'f1_weighted'
  subject  text    not null default '', -- what was measured: 'train/boosting'; '' for the stage itself
  value    real,                        -- null: not a number
  low      real,                        -- the interval's ends, null when none was taken
  high     real,
  level    real    not null default 0,  -- of the interval: 0.95
  unit     text    not null default '',
  better   text    not null default '' check (better in ('', 'lower', 'higher')),
  primary key (run, stage, ordinal),
  foreign key (run, stage) references stage (run, name) on delete cascade
) strict, without rowid;

create index metric_by_name on metric (name, stage, run);

-- What a stage warned of.
create table warning (
  run      text    not null,
  stage    text    not null,
  ordinal  integer not null,            -- its place among the stage's warnings, from 0
  level    text    not null,            -- 'info', 'advice', 'warning'
  text     text    not null,
  "column" text    not null default '', -- of the table, that it is about
  count    integer not null default 0,  -- rows concerned
  primary key (run, stage, ordinal),
  foreign key (run, stage) references stage (run, name) on delete cascade
) strict, without rowid;

-- One trial of a search over parameters. A study is named by the digest of
-- everything that its trials share, so a killed search finds its own trials.
create table trial (
  study         text    not null,
  number        integer not null,             -- from 0
  params        text    not null,             -- JSON object, as proposed
  state         text    not null check (state in ('running', 'complete', 'pruned', 'failed')),
  value         real,                         -- of the objective; null unless complete, or not a number
  intermediate  text    not null default '[]', -- JSON list: the objective as the trial went on, null for not a number
  started       integer,
  ended         integer,
  run           text    not null default '',  -- the run that computed it
  primary key (study, number)
) strict, without rowid;

-- A registered model. Its bytes are in the object store, under artifact.
create table version (
  model      text    not null,
  version    integer not null check (version > 0), -- 1, 2, … per model
  artifact   text    not null,            -- digest of the bundle's tree
  pipeline   text    not null default '',
  run        text    not null default '', -- that registered it
  stage      text    not null default '', -- that trained it
  estimator  text    not null default '', -- 'boosting'
  metric     text    not null default '', -- that it was chosen by
  decision   text    not null default '', -- why it became champion or not, in words
  details    text    not null default '', -- JSON of whoever registered it
  created    integer not null,
  primary key (model, version),
  unique (model, artifact)
) strict, without rowid;

-- What a version measured when it was registered; columns as in metric.
create table version_metric (
  model    text    not null,
  version  integer not null,
  ordinal  integer not null,
  name     text    not null,
  subject  text    not null default '',
  value    real,
  low      real,
  high     real,
  level    real    not null default 0,
  unit     text    not null default '',
  better   text    not null default '' check (better in ('', 'lower', 'higher')),
  primary key (model, version, ordinal),
  foreign key (model, version) references version (model, version) on delete cascade
) strict, without rowid;

-- Every move of an alias. Where an alias stands is its last move's to_version;
-- a move is a compare-and-set, so its from_version is the one before's.
create table move (
  id            integer primary key autoincrement,
  model         text    not null,
  alias         text    not null,   -- 'champion'
  kind          text    not null check (kind in ('promote', 'rollback')),
  from_version  integer not null,   -- 0: none stood
  to_version    integer not null,
  reason        text    not null default '',
  actor         text    not null default '', -- 'run 20261121-…', 'cli'
  created       integer not null,
  foreign key (model, to_version) references version (model, version)
) strict;

create index move_by_alias on move (model, alias, id);

-- +goose Down
drop table move;
drop table version_metric;
drop table version;
drop table trial;
drop table warning;
drop table metric;
drop table stage;
drop table key;
drop table run;
