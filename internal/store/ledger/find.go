package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
)

// FindRun gives the run that a person means: by its id, by a beginning of it
// that no other run shares, or as "latest" and "latest~2", the second before.
// pipeline narrows "latest" to the runs of one; "" means any.
func (db *DB) FindRun(ctx context.Context, pipeline, name string) (*record.Run, error) {
	if age, ok := parseLatest(name); ok {
		runs, err := db.Runs(ctx, record.Filter{Pipeline: pipeline, Limit: 1, Offset: age})
		if err != nil {
			return nil, err
		}
		if len(runs) == 0 {
			return nil, diag.New(fmt.Sprintf("there is no run %s", name), "list them: labbook runs list")
		}
		return runs[0], nil
	}
	if name == "" {
		return nil, diag.New("no run is named", "name one by the beginning of its id, or as latest")
	}
	runs, err := list(ctx, db, "run_by_prefix", scanRun, named("prefix", name))
	switch {
	case err != nil:
		return nil, err
	case len(runs) == 1:
		return runs[0], nil
	case len(runs) == 0:
		return nil, diag.New(fmt.Sprintf("no run's id begins with %q", name), "list them: labbook runs list")
	}
	ids := make([]string, len(runs))
	for i, r := range runs {
		if ids[i] = r.ID; r.ID == name {
			return r, nil
		}
	}
	return nil, diag.New(fmt.Sprintf("several runs' ids begin with %q", name), "name one further: "+strings.Join(ids, ", "))
}

// parseLatest reads "latest" as 0 and "latest~n" as n.
func parseLatest(name string) (age int, ok bool) {
	rest, ok := strings.CutPrefix(name, "latest")
	if !ok || rest == "" {
		return 0, ok
	}
	digits, ok := strings.CutPrefix(rest, "~")
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), ok && err == nil
}
