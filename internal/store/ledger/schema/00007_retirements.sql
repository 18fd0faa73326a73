-- Versions that nothing needs any more may lose their bytes.

-- +goose Up
create table retirement (
  model    text    not null,
  version  integer not null,
  created  integer not null, -- since when garbage collection need not spare it
  primary key (model, version),
  foreign key (model, version) references version (model, version) on delete cascade
) strict, without rowid;

-- +goose Down
drop table retirement;
