-- The newest run of a pipeline whose own stage rows have this signature.
select id
from run
where pipeline = :pipeline and signature = :signature and same_as is null
order by started desc, id desc
limit 1
