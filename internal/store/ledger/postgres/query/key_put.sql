-- Of all rows at once.
insert into key (digest, text)
select distinct on (digest) digest, text from json_populate_recordset(cast(null as key), cast(:rows as json))
on conflict do nothing
