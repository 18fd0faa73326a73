-- What is due by the clock is begun once, whoever looks.

-- +goose Up
create table schedule (
  pipeline  text    primary key,
  due       integer not null -- until when all that was due is seen to
) strict, without rowid;

-- +goose Down
drop table schedule;
