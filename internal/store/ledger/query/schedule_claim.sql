-- One of those that saw the same last time wins.
update schedule set due = :due
where pipeline = :pipeline and due = :last
