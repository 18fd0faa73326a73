-- What a server was asked, what it answered, and what people saved of it. The
-- same file makes the tables of SQLite and of PostgreSQL.
--
-- Conventions. Every id sorts by time (see id.go), so that the primary key is
-- also the index by time. Every time is in nanoseconds since 1970-01-01 UTC.

-- +goose Up

create table request (
  id             text   not null primary key,
  time           bigint not null,
  method         text   not null,
  route          text   not null,             -- the pattern that it went to
  path           text   not null,             -- as asked for, with the query, redacted
  pipeline       text   not null,             -- '' when it is about none
  model          text   not null,             -- that answered, '' when none did
  version        bigint not null,
  run            text   not null,             -- that registered that version
  status         bigint not null,
  latency        bigint not null,             -- nanoseconds, until the answer was ready to be recorded
  client         text   not null,
  request_type   text   not null,
  request_size   bigint not null,             -- of the whole body; what is kept may be less
  request        bytea  not null,             -- redacted
  response_type  text   not null,
  response_size  bigint not null,
  response       bytea  not null,
  error          text   not null              -- of a 5xx, what is not told the client
);

create index request_failed on request (id) where status >= 400;
create index request_by_pipeline on request (pipeline, id);

-- How much there is, for retention by size: one row.
create table stored (
  requests  bigint not null,
  bytes     bigint not null    -- of the bodies kept and 300 for the rest of each
);
insert into stored (requests, bytes) values (0, 0);

create table prediction (
  id            text   not null primary key,
  time          bigint not null,
  pipeline      text   not null,
  model         text   not null,
  version       bigint not null,
  run           text   not null,
  request       text   not null,   -- request.id; that row may be gone by now
  input         text   not null,   -- JSON object
  answer        text   not null,   -- JSON object
  note          text   not null,
  outcome       text,              -- JSON number or text; null until it is told
  outcome_time  bigint
);

create index prediction_by_pipeline on prediction (pipeline, id);

-- +goose Down
drop table prediction;
drop table stored;
drop table request;
