insert into version_metric (model, version, ordinal, name, subject, value, low, high, level, unit, better)
values (:model, :version, :ordinal, :name, :subject, :value, :low, :high, :level, :unit, :better)
