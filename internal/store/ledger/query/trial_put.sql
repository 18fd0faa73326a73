insert or replace into trial (study, number, params, state, value, intermediate, started, ended, run)
values (:study, :number, :params, :state, :value, :intermediate, :started, :ended, :run)
