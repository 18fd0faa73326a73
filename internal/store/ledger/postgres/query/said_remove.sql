delete from said where run = :run
