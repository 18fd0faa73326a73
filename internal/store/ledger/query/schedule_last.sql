select due from schedule where pipeline = :pipeline
