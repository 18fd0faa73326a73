package bundle

// Weights say what a row counts in learning.
type Weights string

// The weights.
const (
	Equal Weights = "equal"
	// ByTarget counts rows in proportion to their target. Where its logarithm
	// is learned, errors are shares of the target, and a share of a large one
	// costs more: this is half-way to squared errors in the target's own unit,
	// and suits errors that are judged as amounts.
	ByTarget Weights = "target"
	// Balanced counts rows so that each class counts the same in all: rows of a
	// class that has few of them count more.
	Balanced Weights = "balanced"
)
