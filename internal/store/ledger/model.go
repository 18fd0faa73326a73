package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
)

// PutVersion registers a model and, when move is not nil, moves an alias to
// it, both or neither. It fills in v.Version, v.Created and what the move
// leaves open, and panics when the move is of another model.
//
// An artifact that the model has already is not registered again, nor is the
// alias moved: v becomes the version that stands, and added is false. A move
// from elsewhere than the alias stands is a *MovedError.
func (db *DB) PutVersion(v *record.Version, move *record.Move) (added bool, err error) {
	if move != nil && move.Model != v.Model {
		panic("ledger: a version and a move of different models")
	}
	if v.Created.IsZero() {
		v.Created = db.options.Clock()
	}
	err = db.change(func(tx *tx) error {
		added = false
		var number int
		err := tx.get(&number, "version_of_artifact", named("model", v.Model), named("artifact", v.Artifact))
		if err == nil {
			v.Version = number
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		added = true
		if err := insertVersion(tx, v); err != nil {
			return err
		}
		if move == nil {
			return nil
		}
		move.To = v.Version
		return db.insertMove(tx, move)
	})
	if err != nil || added {
		return added && err == nil, err
	}
	stands, err := db.Version(context.Background(), v.Model, v.Version)
	if err == nil {
		*v = *stands
	}
	return false, err
}

func insertVersion(tx *tx, v *record.Version) error {
	err := tx.get(&v.Version, "version_put",
		named("model", v.Model), named("artifact", v.Artifact), named("pipeline", v.Pipeline),
		named("run", v.Run), named("stage", v.Stage), named("estimator", v.Estimator),
		named("metric", v.Metric), named("decision", v.Decision), named("details", string(v.Details)),
		named("created", at(&v.Created)))
	if err != nil {
		return err
	}
	if f := v.Final; f != nil {
		if _, err := tx.exec("final_put", named("model", v.Model), named("version", v.Version),
			named("artifact", f.Artifact), named("rows", f.Rows), named("judged", f.Judged)); err != nil {
			return err
		}
	}
	for i := range v.Metrics {
		args := append([]any{v.Model, v.Version}, metricArgs(i, &v.Metrics[i])...)
		if _, err := tx.exec("version_metric_put", args...); err != nil {
			return err
		}
	}
	return nil
}

// PutMove moves an alias from m.From to m.To, and fills in m.ID, m.Created and
// m.Kind. When the alias stands elsewhere nothing happens, and the error is a
// *MovedError.
func (db *DB) PutMove(m *record.Move) error {
	return db.change(func(tx *tx) error { return db.insertMove(tx, m) })
}

func (db *DB) insertMove(tx *tx, m *record.Move) error {
	if m.Created.IsZero() {
		m.Created = db.options.Clock()
	}
	if m.Kind == "" {
		m.Kind = record.Promotion
	}
	err := tx.get(&m.ID, "move_put",
		named("model", m.Model), named("alias", m.Alias), named("kind", m.Kind),
		named("from", m.From), named("to", m.To), named("reason", m.Reason),
		named("actor", m.Actor), named("created", at(&m.Created)))
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	moved := &record.MovedError{Model: m.Model, Alias: m.Alias, Expected: m.From}
	err = tx.get(&moved.Found, "alias_get", named("model", m.Model), named("alias", m.Alias))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return moved
}

// PutRetraction retracts a version and, when move is not nil, moves an alias away
// from it, both or neither. It panics when the move is of another model.
func (db *DB) PutRetraction(model string, version int, reason, actor string, move *record.Move) error {
	if move != nil && move.Model != model {
		panic("ledger: a retraction and a move of different models")
	}
	now := db.options.Clock()
	return db.change(func(tx *tx) error {
		if _, err := tx.exec("retraction_put", named("model", model), named("version", version),
			named("reason", reason), named("actor", actor), named("created", at(&now))); err != nil {
			return err
		}
		if move == nil {
			return nil
		}
		return db.insertMove(tx, move)
	})
}

// PutRetirement retires versions, all or none.
func (db *DB) PutRetirement(versions []*record.Version) error {
	now := db.options.Clock()
	return db.change(func(tx *tx) error {
		for _, v := range versions {
			if _, err := tx.exec("retirement_put", named("model", v.Model), named("version", v.Version), named("created", at(&now))); err != nil {
				return err
			}
		}
		return nil
	})
}

// EndRetirement brings a version back whose bytes are there again.
func (db *DB) EndRetirement(model string, version int) error {
	return db.change(func(tx *tx) error {
		_, err := tx.exec("retirement_end", named("model", model), named("version", version))
		return err
	})
}

// Models gives the names of the models that have versions, sorted.
func (db *DB) Models(ctx context.Context) ([]string, error) {
	return list(ctx, db, "model_names", func(row scanner) (name string, err error) {
		return name, row.Scan(&name)
	})
}

// Versions gives the versions of a model, the oldest first; of every model,
// sorted by name, for "".
func (db *DB) Versions(ctx context.Context, model string) ([]*record.Version, error) {
	return db.versions(ctx, model, 0)
}

// Version gives one version of a model, or nil.
func (db *DB) Version(ctx context.Context, model string, version int) (*record.Version, error) {
	if version < 1 {
		return nil, nil
	}
	all, err := db.versions(ctx, model, version)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func (db *DB) versions(ctx context.Context, model string, version int) ([]*record.Version, error) {
	type name struct {
		model   string
		version int
	}
	byName := map[name]*record.Version{}
	versions, err := list(ctx, db, "version_list", func(row scanner) (*record.Version, error) {
		var v record.Version
		var details string
		var final record.Final
		err := row.Scan(&v.Model, &v.Version, &v.Artifact, &v.Pipeline, &v.Run, &v.Stage, &v.Estimator,
			&v.Metric, &v.Decision, &details, at(&v.Created), &v.Retracted, at(&v.Retired), &final.Artifact, &final.Rows, &final.Judged)
		if details != "" {
			v.Details = json.RawMessage(details)
		}
		if final.Artifact != "" {
			v.Final = &final
		}
		byName[name{v.Model, v.Version}] = &v
		return &v, err
	}, named("model", model), named("version", version))
	if err != nil {
		return nil, err
	}
	_, err = list(ctx, db, "version_metrics", func(row scanner) (none struct{}, err error) {
		var of name
		var m metrics.Value
		err = row.Scan(append([]any{&of.model, &of.version}, metricColumns(&m)...)...)
		if v := byName[of]; v != nil {
			v.Metrics = append(v.Metrics, m)
		}
		return none, err
	}, named("model", model), named("version", version))
	return versions, err
}

// Alias gives the version that an alias of a model stands at, 0 for none.
func (db *DB) Alias(ctx context.Context, model, alias string) (int, error) {
	found, err := list(ctx, db, "alias_get", func(row scanner) (v int, err error) {
		return v, row.Scan(&v)
	}, named("model", model), named("alias", alias))
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0], nil
}

// Aliases gives every alias of every model, sorted.
func (db *DB) Aliases(ctx context.Context) ([]record.Alias, error) {
	return list(ctx, db, "alias_list", func(row scanner) (a record.Alias, err error) {
		return a, row.Scan(&a.Model, &a.Alias, &a.Version)
	})
}

// Moves gives the history of an alias of a model, the oldest move first; of
// all its aliases for "".
func (db *DB) Moves(ctx context.Context, model, alias string) ([]record.Move, error) {
	return list(ctx, db, "move_list", func(row scanner) (m record.Move, err error) {
		return m, row.Scan(&m.ID, &m.Model, &m.Alias, &m.Kind, &m.From, &m.To, &m.Reason, &m.Actor, at(&m.Created))
	}, named("model", model), named("alias", alias))
}
