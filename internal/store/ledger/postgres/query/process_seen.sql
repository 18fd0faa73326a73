-- This process lives.
insert into process (host, pid, process, seen)
values (:host, :pid, :process, now())
on conflict (host, pid, process) do update set seen = excluded.seen
