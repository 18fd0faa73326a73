-- A version may answer by another fit than the one that was judged.

-- +goose Up
create table final_fit (
  model     text    not null,
  version   integer not null,
  artifact  text    not null, -- digest of the tree of the bundle that answers
  rows      integer not null, -- that it is fitted to
  judged    integer not null, -- that the version's artifact is fitted to
  primary key (model, version),
  foreign key (model, version) references version (model, version) on delete cascade
) strict, without rowid;

-- +goose Down
drop table final_fit;
