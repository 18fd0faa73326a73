insert into run (id, pipeline, status, same_as, started, ended, git, dirty, command, params, declared,
                 host, pid, process, versions, error)
values (:id, :pipeline, :status, nullif(:same_as, ''), :started, :ended, :git, :dirty, :command, :params, :declared,
        :host, :pid, :process, :versions, :error)
