package ledger

import (
	"context"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
)

// PutStages records stages with their metrics and warnings, all or none. A
// stage that is there already is replaced. Equal key texts are kept once.
func (db *DB) PutStages(stages []*record.Stage) error {
	if len(stages) == 0 {
		return nil
	}
	return db.repeat(func(tx *tx) error {
		w := &stageWriter{}
		for _, p := range []struct {
			into *inserter
			name string
		}{{&w.key, "key_put"}, {&w.stage, "stage_put"}, {&w.metric, "metric_put"}, {&w.warning, "warning_put"}} {
			inserter, err := tx.dialect.inserter(tx, p.name)
			if err != nil {
				return err
			}
			*p.into = inserter
		}
		if err := w.putKeys(stages); err != nil {
			return err
		}
		for _, s := range stages {
			if err := w.put(s); err != nil {
				return err
			}
		}
		for _, each := range []inserter{w.key, w.stage, w.metric, w.warning} {
			if err := each.end(); err != nil {
				return err
			}
		}
		return nil
	})
}

// stageWriter holds the prepared statements of PutStages. Their arguments go
// by position, in the order in which the statements name them: names would
// cost more than the rows do.
type stageWriter struct{ key, stage, metric, warning inserter }

// putKeys inserts the key texts in the order of their index, which spares
// SQLite most of the searching.
func (w *stageWriter) putKeys(stages []*record.Stage) error {
	sorted := slices.Clone(stages)
	slices.SortFunc(sorted, func(a, b *record.Stage) int { return strings.Compare(a.Key, b.Key) })
	for _, s := range sorted {
		if s.Key == "" {
			continue
		}
		if err := w.key.exec(s.Key, s.KeyText); err != nil {
			return err
		}
	}
	return nil
}

func (w *stageWriter) put(s *record.Stage) error {
	err := w.stage.exec(s.Run, s.Name, s.Ordinal, s.Kind, s.Key, string(s.Status), s.Reason,
		at(&s.Started), at(&s.Ended), int64(s.CPU), s.Memory, s.Output, s.Cell, s.Log, s.Ran, s.Error, types(s.Makes))
	if err != nil {
		return err
	}
	for i := range s.Metrics {
		if err := w.metric.exec(append([]any{s.Run, s.Name}, metricArgs(i, &s.Metrics[i])...)...); err != nil {
			return err
		}
	}
	for i, f := range s.Warnings {
		if err := w.warning.exec(s.Run, s.Name, i, string(f.Level), f.Text, f.Column, f.Count, f.Code, f.Remedy, f.Muted); err != nil {
			return err
		}
	}
	return nil
}

// Stages gives the stages of a run in the pipeline's order, with metrics and
// warnings. A run whose stages stand in another's place has none: ask for
// those of its SameAs.
func (db *DB) Stages(ctx context.Context, run string) ([]*record.Stage, error) {
	stages, err := list(ctx, db, "stage_list", scanStage, named("run", run))
	if err != nil {
		return nil, err
	}
	return stages, db.addFindings(ctx, run, stages)
}

// Served gives the digests of what serve stages left for the registered
// versions, sorted: in the runs that registered one, and in the newest run of
// each pipeline.
func (db *DB) Served(ctx context.Context) ([]string, error) {
	return list(ctx, db, "stage_served", func(row scanner) (digest string, err error) {
		return digest, row.Scan(&digest)
	})
}

// Logs gives the digests of logs that are kept for their own sake, sorted: of stages
// that failed in the newest run of each pipeline, and of all runs since a time. With
// the zero time it is the failures alone.
func (db *DB) Logs(ctx context.Context, since time.Time) ([]string, error) {
	var from any
	if !since.IsZero() {
		from = since.UnixNano()
	}
	return list(ctx, db, "stage_logs", func(row scanner) (digest string, err error) {
		return digest, row.Scan(&digest)
	}, named("since", from))
}

// lookBack is how many runs LastStages looks through.
const lookBack = 20

// LastStages gives the named stages of a pipeline as they last succeeded or
// were found in the cache, by name. Only the newest runs are looked through;
// without names, only the newest one with stages.
func (db *DB) LastStages(ctx context.Context, pipeline string, names ...string) (map[string]*record.Stage, error) {
	limit := lookBack
	if len(names) == 0 {
		names, limit = nil, 1
	}
	runs, err := list(ctx, db, "run_with_stages", func(row scanner) (id string, err error) {
		return id, row.Scan(&id)
	}, named("pipeline", pipeline), named("limit", limit))
	if err != nil {
		return nil, err
	}
	last := make(map[string]*record.Stage, len(names))
	wanted := names
	for _, run := range runs {
		stages, err := list(ctx, db, "stage_last", scanStage, named("run", run), named("names", encoded{wanted}))
		if err != nil {
			return nil, err
		}
		if err := db.addFindings(ctx, run, stages); err != nil {
			return nil, err
		}
		for _, s := range stages {
			last[s.Name] = s
		}
		wanted = nil
		for _, name := range names {
			if last[name] == nil {
				wanted = append(wanted, name)
			}
		}
		if wanted == nil {
			break
		}
	}
	return last, nil
}

// types writes what a stage makes as it is kept.
func types(makes []artifact.Type) string {
	words := make([]string, len(makes))
	for i, t := range makes {
		words[i] = string(t)
	}
	return strings.Join(words, " ")
}

func scanStage(row scanner) (*record.Stage, error) {
	var s record.Stage
	var makes string
	err := row.Scan(&s.Run, &s.Name, &s.Ordinal, &s.Kind, &s.Key, &s.KeyText, &s.Status, &s.Reason,
		at(&s.Started), at(&s.Ended), &s.CPU, &s.Memory, &s.Output, &s.Cell, &s.Log, &s.Ran, &s.Error, &makes)
	for _, t := range strings.Fields(makes) {
		s.Makes = append(s.Makes, artifact.Type(t))
	}
	return &s, err
}

// addFindings adds the metrics and warnings of a run to its stages.
func (db *DB) addFindings(ctx context.Context, run string, stages []*record.Stage) error {
	if len(stages) == 0 {
		return nil
	}
	byName := make(map[string]*record.Stage, len(stages))
	for _, s := range stages {
		byName[s.Name] = s
	}
	_, err := list(ctx, db, "stage_metrics", func(row scanner) (none struct{}, err error) {
		var stage string
		var m metrics.Value
		err = row.Scan(append([]any{&stage}, metricColumns(&m)...)...)
		if s := byName[stage]; s != nil {
			s.Metrics = append(s.Metrics, m)
		}
		return none, err
	}, named("run", run))
	if err != nil {
		return err
	}
	_, err = list(ctx, db, "stage_warnings", func(row scanner) (none struct{}, err error) {
		var stage string
		var f notebook.Finding
		err = row.Scan(&stage, &f.Level, &f.Text, &f.Column, &f.Count, &f.Code, &f.Remedy, &f.Muted)
		if s := byName[stage]; s != nil {
			s.Warnings = append(s.Warnings, f)
		}
		return none, err
	}, named("run", run))
	return err
}

// seldom is how many executions are looked through that tell nothing new of how long stages
// take, at least, before those of longer ago are left alone.
const seldom = 1000

// Durations gives how long each stage of a pipeline can be expected to take:
// the median of the last five times that it really ran.
func (db *DB) Durations(ctx context.Context, pipeline string) (map[string]time.Duration, error) {
	rows, err := db.query(ctx, "stage_durations", named("pipeline", pipeline))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	taken := map[string][]time.Duration{}
	for idle := 0; idle < max(seldom, 2*len(taken)) && rows.Next(); idle++ {
		var stage string
		var took time.Duration
		if err := rows.Scan(&stage, &took); err != nil {
			return nil, db.explain(err)
		}
		if len(taken[stage]) < 5 {
			taken[stage] = append(taken[stage], took)
			idle = 0
		}
	}
	if err := rows.Err(); err != nil {
		return nil, db.explain(err)
	}
	expected := make(map[string]time.Duration, len(taken))
	for stage, all := range taken {
		slices.Sort(all)
		expected[stage] = all[len(all)/2]
	}
	return expected, nil
}
