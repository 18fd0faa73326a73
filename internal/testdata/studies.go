package testdata

import (
	"os"
	"strconv"
)

// Studies gives how often a simulation is repeated: as often as LABBOOK_NIGHT
// says, and at least the usual number of times.
func Studies(usual int) int {
	asked, _ := strconv.Atoi(os.Getenv("LABBOOK_NIGHT"))
	return max(asked, usual)
}
