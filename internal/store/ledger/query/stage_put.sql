-- A replaced row takes its metrics and warnings with it (on delete cascade).
insert or replace into stage (run, name, ordinal, kind, key, status, reason, started, ended,
                              cpu, memory, output, cell, log, ran, error, makes)
values (:run, :name, :ordinal, :kind, :key, :status, :reason, :started, :ended,
        :cpu, :memory, :output, :cell, :log, :ran, :error, :makes)
