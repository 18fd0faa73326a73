delete from session
where digest = :digest
