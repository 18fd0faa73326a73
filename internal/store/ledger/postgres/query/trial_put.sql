insert into trial (study, number, params, state, value, intermediate, started, ended, run)
values (:study, :number, :params, :state, :value, :intermediate, :started, :ended, :run)
on conflict (study, number) do update set
  params = excluded.params, state = excluded.state, value = excluded.value, intermediate = excluded.intermediate,
  started = excluded.started, ended = excluded.ended, run = excluded.run
