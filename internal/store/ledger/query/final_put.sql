insert into final_fit (model, version, artifact, rows, judged)
values (:model, :version, :artifact, :rows, :judged)
