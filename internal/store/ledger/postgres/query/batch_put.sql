insert into batch (id, state, place)
values (:id, cast(:state as json), :place)
on conflict do nothing
