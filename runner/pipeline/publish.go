package pipeline

import (
	"fmt"
	"strings"

	"labbook/internal/base/tree"
	"labbook/runner/stage"
)

// publish reads where a stage keeps a copy of its output. That has to be a folder
// of its own within the project: what is in it is replaced.
func (b *builder) publish(d *declared) {
	n := d.decl.Publish.Node
	if n == nil || n.Kind == tree.Null {
		return
	}
	fault := func(found, wanted, hint string) {
		e := n.Fault("the stage " + d.Name + " cannot publish there")
		e.Found, e.Wanted, e.Hint = found, wanted, hint
		b.errs = append(b.errs, e)
	}
	if n.Kind != tree.Scalar || n.Text == "" {
		fault(n.Describe(), "a folder of the project", "write publish: results/"+d.Name)
		return
	}
	folder, wanted := stage.Folder(n.Text)
	if wanted != "" {
		fault(fmt.Sprintf("%q", n.Text), wanted, "write publish: results/"+d.Name)
		return
	}
	d.Publish = folder
}

// apart refuses that two stages of a project publish in one folder, or one in
// that of another.
func (l *loader) apart() {
	var publishing []*Stage
	for _, p := range l.project.Pipelines {
		for _, s := range p.Stages {
			if s.Publish == "" {
				continue
			}
			for _, other := range publishing {
				if within(s.Publish, other.Publish) || within(other.Publish, s.Publish) {
					e := s.Fault("the stage "+s.Name+" cannot publish there", "write publish: results/"+s.Name)
					e.Found, e.Wanted = fmt.Sprintf("%q, and %s publishes in %q", s.Publish, other.Name, other.Publish), "a folder of its own"
					l.errs = append(l.errs, e)
				}
			}
			publishing = append(publishing, s)
		}
	}
}

// within says whether a folder is another, or below it.
func within(folder, other string) bool {
	return folder == other || strings.HasPrefix(folder, other+"/")
}
