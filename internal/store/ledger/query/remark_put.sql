-- What people say of a run, in place of what they said before.
insert into remark (run, name, note, tags)
values (:run, :name, :note, :tags)
on conflict (run) do update set name = excluded.name, note = excluded.note, tags = excluded.tags
