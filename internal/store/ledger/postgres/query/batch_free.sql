update batch
set host = '', pid = 0, process = ''
where id = :id and host = :host and pid = :pid and process = :process
