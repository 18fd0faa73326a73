package stage

import (
	"context"
	"io"
	"time"
)

// Question is what a stage asks of somebody outside the project, such as a database,
// before it is known whether it has to run: only the digest of the answer stands in
// the key.
type Question struct {
	// From says whom, as the parameters do. It holds no secret: it is kept and shown.
	From string
	// Text is what is asked.
	Text string
	// Refresh is how old an answer may be that is taken again: 0 for none but that of
	// somebody who can be seen to know nothing new, below 0 for any.
	Refresh time.Duration
	// Secrets are environment variables that let people in. A stage must not list
	// them: what it lists stands in its key.
	Secrets []string
}

// Answered is somebody who can be asked.
type Answered struct {
	// Name is what people call them, without what lets people in.
	Name string
	// ID tells them from others, and from themselves as they answer another person. It
	// can be kept and shown.
	ID string
	// Files hold all that they know, absolute; some need not exist. Nil: they have to
	// be asked to know.
	Files []string
	// Ask writes the answer to a question. The same answer is the same bytes. progress
	// is told how many rows there are, now and then.
	Ask func(ctx context.Context, text string, out io.Writer, progress func(rows int)) (rows int, set string, err error)
}

// Answer is what a question came to.
type Answer struct {
	Path string // of the file that Answered.Ask wrote
	Rows int
}

// Asker is how a kind asks.
type Asker struct {
	// Question gives what a stage with these parameters asks; nil for nothing.
	Question func(params any) *Question
	// Whom gives who is meant by Question.From. Nobody is asked yet. env looks up an
	// environment variable.
	Whom func(project, from string, env func(string) (string, bool)) (*Answered, error)
}
