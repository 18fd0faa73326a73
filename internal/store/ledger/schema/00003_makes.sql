-- Stages say what they make, so that who looks for an evaluation need not know
-- which kinds make one.

-- +goose Up
alter table stage add column makes text not null default ''; -- types of the output, with spaces between

update stage
set makes = case kind
  when 'corpus'   then 'files'
  when 'load'     then 'table'
  when 'split'    then 'split'
  when 'features' then 'features'
  when 'train'    then 'model'
  when 'evaluate' then 'evaluation predictions'
  when 'register' then 'registration predictions'
  when 'serve'    then 'service'
  when 'command'  then 'files'
  else ''
end;

-- +goose Down
alter table stage drop column makes;
