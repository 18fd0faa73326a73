package testdata

import "testing"

// OnlyComputes leaves a test out of short runs, which are those under the race
// detector: it takes long, and nothing in it is written by one goroutine and read
// by another that shorter tests do not share as well.
func OnlyComputes(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long, and has little to race about")
	}
}
