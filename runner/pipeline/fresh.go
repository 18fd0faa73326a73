package pipeline

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/tree"
)

// fresh is a Stage.Fresh.
type fresh time.Duration

const day = 24 * time.Hour

// UnmarshalTree implements params.Unmarshaler.
func (f *fresh) UnmarshalTree(n *tree.Node) error {
	var age time.Duration
	var err error
	if days, ok := strings.CutSuffix(n.Text, "d"); ok {
		var count int
		count, err = strconv.Atoi(days)
		age = time.Duration(min(count, 100_000)) * day
	} else {
		age, err = time.ParseDuration(n.Text)
	}
	if n.Kind != tree.Scalar || err != nil || age < time.Second {
		e := n.Fault("")
		e.Wanted, e.Hint = "a whole number of days, or a duration from a second on", "write fresh: 7d, or fresh: 12h"
		return e
	}
	*f = fresh(age)
	return nil
}

// String is as one writes it.
func (f fresh) String() string {
	if age := time.Duration(f); age%day != 0 {
		return age.String()
	}
	return strconv.Itoa(int(time.Duration(f)/day)) + "d"
}

// Registers says that the stage registers a model.
func (s *Stage) Registers() bool { return slices.Contains(s.Makes, artifact.Registration) }

// grows refuses fresh where what a stage leaves is as old as what it reads.
func (b *builder) grows(d *declared) {
	if d.Fresh == 0 || d.faulty || len(d.from) == 0 || d.Registers() {
		return
	}
	e := d.decl.From[0].Fault("the stage " + d.Name + " is as old as what it reads")
	e.Wanted, e.Hint = "fresh at a stage that reads no other, or registers a model", "write fresh at the stage that brings the data in"
	b.errs = append(b.errs, e)
}
