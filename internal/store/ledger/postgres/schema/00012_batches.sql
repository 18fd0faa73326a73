-- Servers of several machines share batches of predictions.

-- +goose Up
create table batch (
  id       text collate "C" not null primary key, -- of the request that brought it: ids sort by time
  state    json not null,                         -- how it stands, as a server tells it
  place    text collate "C" not null,             -- the machine and folder that has its bytes; '': the bucket
  ended    bigint not null default 0,             -- whether it has
  host     text collate "C" not null default '',  -- of the server that works at it; '' while none does
  pid      bigint not null default 0,
  process  text collate "C" not null default ''   -- as in run
);

-- +goose Down
drop table batch;
