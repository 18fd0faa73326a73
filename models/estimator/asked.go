package estimator

import "labbook/internal/data/matrix"

// Asked is implemented by models that somebody else answers for, and who may fail to.
type Asked interface {
	// Ask is Predict with an error, an *Unavailable.
	Ask(dst []float64, x *matrix.Matrix) error
}

// Predict has a model predict, and tells where nobody answers.
func Predict(m Model, dst []float64, x *matrix.Matrix) error {
	if asked, ok := m.(Asked); ok {
		return asked.Ask(dst, x)
	}
	m.Predict(dst, x)
	return nil
}

// Unavailable is the error of a model that cannot answer now, whatever the rows.
type Unavailable struct {
	What  string // one clause
	Cause string // what the program said of it; for logs and records
	Hint  string // what to do, if that is known
}

// Full gives what is known on one line.
func (e *Unavailable) Full() string {
	if e.Cause == "" {
		return e.What
	}
	return e.What + "; it said: " + e.Cause
}

// Error implements error.
func (e *Unavailable) Error() string {
	if e.Hint == "" {
		return e.Full()
	}
	return e.Full() + "\nhint: " + e.Hint
}

// Carrier is implemented by models that hold files of the project, so that they can
// be fitted again without it.
type Carrier interface {
	Files() []File
}

// FilesOf gives the files that a model holds, as Options.Files takes them.
func FilesOf(m Model) []File {
	if c, ok := m.(Carrier); ok {
		return c.Files()
	}
	return nil
}

// Warmer is implemented by models that take a while until they can answer.
type Warmer interface {
	// Warm has n of what answers ready from now on, and waits until one is. The error
	// says why none will be.
	Warm(n int) error
}

// Approximate is implemented by an Explainer that finds by trying what others know.
type Approximate interface {
	// Approximately names how: "occlusion".
	Approximately() string
}
