-- By which key a request came.

-- +goose Up
alter table request add column caller text not null default '';

-- +goose Down
alter table request drop column caller;
