package training

import (
	"context"
	"time"

	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
)

// rowsTimed is on how many rows at most candidates are timed: what a candidate
// takes grows about as the rows do.
const rowsTimed = 3_000

// Afford gives how many candidates besides a guess quality tries within a time on
// this machine, at least one, and how long each takes: as those of the portfolio
// do on some of the rows of t, which belong together as structure says, and
// base says how features are made. The answer depends on the clock, so
// nothing that runs asks for it.
func (o *Options) Afford(ctx context.Context, within time.Duration, t *table.Table, structure *partition.Structure, base *features.Options, cores int) (candidates int, each time.Duration, err error) {
	all := t.Rows()
	t = evenly(t, rowsTimed)
	b, err := o.blending(t, all, structure, base, nil, &Work{Cores: cores})
	if err != nil {
		return 0, 0, err
	}
	portfolio, err := b.portfolio(b.asked)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if _, err := b.tries(ctx, portfolio, len(portfolio)); err != nil {
		return 0, 0, err
	}
	took := float64(time.Since(began)) * float64(all) / float64(t.Rows())
	each = time.Duration(took / float64(max(1, len(portfolio)-1)))
	return max(1, int(within/max(1, each))), each, nil
}
