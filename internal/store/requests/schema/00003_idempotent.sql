-- Answers to requests that are to be done once, for those who ask again.

-- +goose Up
create table idempotent (
  id        text   not null primary key, -- SHA-256 of who asked and the key that they chose
  time      bigint not null,
  asked     text   not null,             -- SHA-256 of method, path and body
  status    bigint not null,
  location  text   not null,
  type      text   not null,             -- of the answer
  answer    bytea  not null
);

create index idempotent_by_time on idempotent (time);

-- +goose Down
drop table idempotent;
