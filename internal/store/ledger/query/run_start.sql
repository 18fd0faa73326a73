insert into run (id, sequence, pipeline, status, same_as, started, ended, git, dirty, command, params, declared,
                 host, pid, process, versions, error)
values (:id, 1 + coalesce((select max(sequence) from run), 0),
        :pipeline, :status, nullif(:same_as, ''), :started, :ended, :git, :dirty, :command, :params, :declared,
        :host, :pid, :process, :versions, :error)
