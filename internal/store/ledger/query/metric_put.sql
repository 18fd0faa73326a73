insert into metric (run, stage, ordinal, name, subject, value, low, high, level, unit, better)
values (:run, :stage, :ordinal, :name, :subject, :value, :low, :high, :level, :unit, :better)
