-- Warnings say which check found them.

-- +goose Up
alter table warning add column code text not null default '';   -- of the check, 'C101'; '' for what no check looks for
alter table warning add column remedy text not null default ''; -- YAML that cures it
alter table warning add column muted text not null default '';  -- why the pipeline mutes it; '' where it does not

-- +goose Down
alter table warning drop column muted;
alter table warning drop column remedy;
alter table warning drop column code;
