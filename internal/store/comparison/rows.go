package comparison

import (
	"errors"
	"slices"

	"labbook/internal/data/table"
)

// errRows is told where two models were judged on other rows.
var errRows = errors.New("other test rows")

// sameRows says whether two evaluations judged on the same rows, in one order;
// the error is errRows where they did not.
//
// Test parts of one digest are the same. Others may differ only in a column that
// was added, or is computed otherwise since: they have the same rows when the
// columns that agree in all rows, the target among them, tell the rows apart.
func sameRows(a, b *evaluated) error {
	if a.Test == b.Test && a.Test != "" {
		return nil
	}
	if a.Rows != b.Rows {
		return errRows
	}
	x, err := a.known()
	if err != nil {
		return err
	}
	y, err := b.known()
	if err != nil {
		return err
	}
	var agree []string
	for _, mine := range x.Columns {
		if theirs := y.Column(mine.Name); theirs != nil && slices.Equal(digests(mine), digests(theirs)) {
			agree = append(agree, mine.Name)
		}
	}
	if !slices.Contains(agree, a.Target) {
		return errRows
	}
	distinct := map[table.Digest]bool{}
	for _, d := range table.Digests(x.Select(agree...), 1) {
		distinct[d] = true
	}
	if 2*len(distinct) < x.Rows() {
		return errRows // a few equal labels in a row are no evidence
	}
	return nil
}

func digests(c *table.Column) []table.Digest { return table.Digests(table.New(c), 1) }
