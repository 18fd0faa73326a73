insert into warning (run, stage, ordinal, level, text, "column", count)
values (:run, :stage, :ordinal, :level, :text, :column, :count)
