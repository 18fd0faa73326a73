insert into run (id, pipeline, status, same_as, signature, started, ended, git, dirty, command, params,
                 host, pid, process, versions, error)
values (:id, :pipeline, :status, nullif(:same_as, ''), :signature, :started, :ended, :git, :dirty, :command, :params,
        :host, :pid, :process, :versions, :error)
