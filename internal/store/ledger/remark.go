package ledger

import (
	"context"

	"labbook/internal/data/record"
)

// PutRemark records what people say of a run, in place of what they said before.
func (db *DB) PutRemark(run string, r *record.Remark) error {
	_, err := db.exec("remark_put", named("run", run), named("name", r.Name), named("note", r.Note), named("tags", encoded{r.Tags}))
	return err
}

// Remarks gives what people say of runs, by run: of those of which they say anything.
func (db *DB) Remarks(ctx context.Context, runs []string) (map[string]*record.Remark, error) {
	found := map[string]*record.Remark{}
	_, err := list(ctx, db, "remark_list", func(row scanner) (none struct{}, err error) {
		var run string
		var r record.Remark
		err = row.Scan(&run, &r.Name, &r.Note, encoded{&r.Tags})
		found[run] = &r
		return none, err
	}, named("runs", encoded{runs}))
	return found, err
}
