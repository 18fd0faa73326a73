-- Runs get numbers, so that their order does not rest on a clock that somebody
-- may set back. Those there are keep the order that they were listed in.

-- +goose Up
alter table run add column sequence integer not null default 0; -- 1, 2, … as they began; the order of runs

update run
set sequence = numbered.sequence
from (select id, row_number() over (order by started, id) as sequence from run) as numbered
where numbered.id = run.id;

drop index run_by_pipeline;
drop index run_by_time;
create unique index run_by_sequence on run (sequence);
create index run_by_pipeline on run (pipeline, sequence);

-- +goose Down
drop index run_by_pipeline;
drop index run_by_sequence;
create index run_by_pipeline on run (pipeline, started, id);
create index run_by_time on run (started, id);
alter table run drop column sequence;
