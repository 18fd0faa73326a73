delete from batch where id = :id
