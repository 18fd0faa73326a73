-- Predictions whose outcome is known are found among many of which it is not, and those
-- among many of which it is.

-- +goose Up
create index prediction_told on prediction (pipeline, (case when outcome is null then 0 else 1 end), id, outcome_time);

-- +goose Down
drop index prediction_told;
