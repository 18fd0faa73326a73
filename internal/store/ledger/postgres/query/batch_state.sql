-- Only who works at it says how it stands.
update batch
set state = cast(:state as json), ended = :ended
where id = :id and host = :host and pid = :pid and process = :process
