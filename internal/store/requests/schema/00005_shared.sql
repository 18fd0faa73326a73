-- What many requests have in common is kept once. What is read is the view
-- request, which has the columns that the table of that name had.

-- +goose Up
create table shared (
  number         integer not null primary key,
  method         text    not null,
  route          text    not null,   -- the pattern that it went to
  model          text    not null,   -- that answered, '' when none did
  version        bigint  not null,
  run            text    not null,   -- that registered that version
  caller         text    not null,   -- the key that it came with
  request_type   text    not null,
  response_type  text    not null,
  until          bigint  not null    -- no request of later has this number, unless it is set anew before
);

create table record (
  id             text    not null primary key,
  time           bigint  not null,
  shared         integer not null,   -- shared.number
  pipeline       text    not null,   -- '' when it is about none
  path           text    not null,   -- as asked for, with the query, redacted; '' where it is the route
  status         bigint  not null,
  latency        bigint  not null,   -- nanoseconds, until the answer was ready to be recorded
  client         text    not null,
  request_size   bigint  not null,   -- of the whole body; what is kept may be less
  response_size  bigint  not null,
  error          text    not null,   -- of a 5xx, what is not told the client
  request        bytea   not null,   -- redacted
  response       bytea   not null
);

insert into shared
select row_number() over (order by min(id)), method, route, model, version, run, caller, request_type, response_type, max(time)
from request group by method, route, model, version, run, caller, request_type, response_type;

insert into record
select r.id, r.time, s.number, r.pipeline, case when r.path = r.route then '' else r.path end, r.status, r.latency, r.client, r.request_size, r.response_size,
  r.error, r.request, r.response
from request r join shared s on s.method = r.method and s.route = r.route and s.model = r.model and s.version = r.version and s.run = r.run
  and s.caller = r.caller and s.request_type = r.request_type and s.response_type = r.response_type
order by r.id;

drop table request;

create index record_failed on record (id) where status >= 400;
create index record_by_pipeline on record (pipeline, id);

-- "cross" has SQLite read the records in their order and look up what they share.
create view request as
select r.id, r.time, s.method, s.route, case when r.path = '' then s.route else r.path end as path, r.pipeline, s.model, s.version, s.run, r.status, r.latency,
  r.client, s.caller, s.request_type, r.request_size, r.request, s.response_type, r.response_size, r.response, r.error
from record r cross join shared s where s.number = r.shared;

update stored set bytes = (select coalesce(sum(length(request) + length(response) + octet_length(path) + octet_length(error) + 185), 0) from record)
  + (select coalesce(sum(octet_length(method) + octet_length(route) + octet_length(model) + octet_length(run) + octet_length(caller)
    + octet_length(request_type) + octet_length(response_type) + 30), 0) from shared)
  + (select coalesce(sum(octet_length(answer) + 150), 0) from shadow where prediction = '');

-- +goose Down
create table before (
  id text not null primary key, time bigint not null, method text not null, route text not null, path text not null, pipeline text not null, model text not null,
  version bigint not null, run text not null, status bigint not null, latency bigint not null, client text not null, caller text not null default '',
  request_type text not null, request_size bigint not null, request bytea not null, response_type text not null, response_size bigint not null,
  response bytea not null, error text not null
);
insert into before
select id, time, method, route, path, pipeline, model, version, run, status, latency, client, caller, request_type, request_size, request, response_type,
  response_size, response, error
from request;
drop view request;
drop table record;
drop table shared;
alter table before rename to request;
create index request_failed on request (id) where status >= 400;
create index request_by_pipeline on request (pipeline, id);
update stored set bytes = (select coalesce(sum(length(request) + length(response) + 300), 0) from request)
  + (select coalesce(sum(octet_length(answer) + 150), 0) from shadow where prediction = '');
