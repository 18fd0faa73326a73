-- At the end of the queue, unless that is full.
insert into queue (id, place, pipeline, job, asked)
select :id, 1 + coalesce((select max(place) from queue), 0), :pipeline, :job, :asked
where (select count(*) from queue) < :most
