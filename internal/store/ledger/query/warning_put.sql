insert into warning (run, stage, ordinal, level, text, "column", count, code, remedy, muted)
values (:run, :stage, :ordinal, :level, :text, :column, :count, :code, :remedy, :muted)
