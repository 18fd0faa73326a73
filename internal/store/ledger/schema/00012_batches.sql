-- Batches of predictions have a table in PostgreSQL only: beside a file they are folders.

-- +goose Up
select 1;

-- +goose Down
select 1;
