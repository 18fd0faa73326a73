-- The trials of a study by number.
select study, number, params, state, value, intermediate, started, ended, run
from trial
where study = :study
order by number
