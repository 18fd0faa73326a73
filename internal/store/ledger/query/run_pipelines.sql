-- The pipelines that were ever run, by name.
select distinct pipeline
from run
order by pipeline
