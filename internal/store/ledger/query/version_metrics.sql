-- What the versions of a model measured. Empty arguments match all.
select model, version, name, subject, value, low, high, level, unit, better
from version_metric
where (:model = '' or model = :model)
  and (:version = 0 or version = :version)
order by model, version, ordinal
