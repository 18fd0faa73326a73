package runner

import (
	"sync"
	"testing"

	"labbook/internal/ledger"
	"labbook/runner/stage"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// meanwhile is a ledger that lets something happen when the first run gets its
// row: after a stage was found to need running, and before it is locked.
type meanwhile struct {
	*fakeLedger
	once sync.Once
	do   func()
}

func (m *meanwhile) StartRun(r *ledger.Run) error {
	m.once.Do(m.do)
	return m.fakeLedger.StartRun(r)
}

// What another process made between the look into the cache and the lock was
// made again.
func TestWhatWasMadeMeanwhileIsNotMadeAgain(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, with: {text: a}}\n")
	var ran []string
	p.during["one"] = func(c *stage.Context) { ran = append(ran, c.Run()) }
	r := p.run(func(o *Options) {
		other := *o
		o.Ledger = &meanwhile{fakeLedger: p.ledger, do: func() {
			_, err := Execute(t.Context(), p.load(), other)
			require.NoError(t, err)
		}}
	})
	assert.Len(t, ran, 1)
	assert.Equal(t, []string{"one cached"}, statuses(r))
}
