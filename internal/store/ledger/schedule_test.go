package ledger

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"labbook/internal/testdata/testpostgres"
)

// Of many that see the same time due, one claims it.
func TestOneClaimsWhatIsDue(t *testing.T) {
	path := testpostgres.Fresh(t)
	now := time.Date(2026, 11, 27, 6, 0, 0, 123456789, time.UTC)
	var all sync.WaitGroup
	var won atomic.Int32
	claims := map[*DB]time.Time{}
	for range 4 {
		db, err := Open(path, Options{})
		require.NoError(t, err)
		defer db.Close()
		claims[db], err = db.LastDue(t.Context(), "p", now)
		require.NoError(t, err)
	}
	for db, last := range claims {
		all.Go(func() {
			if mine, err := db.ClaimDue("p", last, now.Add(time.Hour)); assert.NoError(t, err) && mine {
				won.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, won.Load())
}
