select text from said where run = :run and of = :of
