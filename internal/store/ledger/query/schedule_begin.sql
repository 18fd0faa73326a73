-- Whoever sees a pipeline's schedule first begins it.
insert into schedule (pipeline, due)
values (:pipeline, :due)
on conflict do nothing
