-- What a challenger said of what the champion was asked: nobody was sent it.

-- +goose Up
create table shadow (
  request     text   not null,   -- request.id; that row may be gone by now
  pipeline    text   not null,
  model       text   not null,
  version     bigint not null,
  time        bigint not null,
  prediction  text   not null,   -- prediction.id that the request saved, '' where none; then it goes with the request
  status      bigint not null,   -- 200, or what a client would have been told
  answer      text   not null,   -- JSON: an object, or a list of them; of another status why
  primary key (request, model, version)
);

create index shadow_by_version on shadow (pipeline, version, status);
create index shadow_by_prediction on shadow (prediction) where prediction <> '';

-- +goose Down
drop table shadow;
