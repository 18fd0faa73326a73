-- Runs that somebody asked for wait for their turn; and people say what a run is about.

-- +goose Up
create table queue (
  id        text    primary key,         -- of the run that it becomes
  place     integer not null unique,     -- 1, 2, … in the order in which they were asked for
  pipeline  text    not null,
  job       text    not null,            -- JSON: what is to be run, as the API takes it
  asked     integer not null,
  host      text    not null default '', -- of the server that is beginning it; '' while it waits
  pid       integer not null default 0,
  process   text    not null default ''  -- as in run
) strict, without rowid;

-- What a run is about, in words of people.
create table remark (
  run   text primary key,          -- of the ledger or of the queue
  name  text not null default '',
  note  text not null default '',
  tags  text not null default '[]' -- JSON list, sorted
) strict, without rowid;

-- A run that begins is no longer queued, in one step.
-- +goose StatementBegin
create trigger run_leaves_queue after insert on run
begin
  delete from queue where id = new.id;
end;
-- +goose StatementEnd

-- +goose Down
drop trigger run_leaves_queue;
drop table remark;
drop table queue;
