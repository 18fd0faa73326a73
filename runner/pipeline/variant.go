package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/diag"
)

// choose switches off the variants of a stage of which others are wanted by
// Options.Variants. Of a stage none of whose variants is named, all stay.
func (b *builder) choose() {
	wanted := map[string]bool{} // groups
	var rest []*declared
	for _, d := range b.stages {
		switch {
		case d.Variant == "":
		case b.wants(d):
			wanted[d.Group] = true
		default:
			rest = append(rest, d)
		}
	}
	for _, d := range rest {
		if wanted[d.Group] && d.Enabled {
			d.Enabled, d.Disabled = false, "others were chosen"
		}
	}
}

// wants says whether a variant is named, and notes by which names.
func (b *builder) wants(d *declared) bool {
	named := false
	for _, text := range b.opts.Variants {
		name := strings.TrimPrefix(text, b.name+"/")
		if slices.Contains([]string{d.Name, d.Variant}, name) || d.Name == text {
			named, b.chosen[text] = true, true
		}
	}
	return named
}

// chose refuses names that no variant has.
func (l *loader) chose() {
	for _, text := range l.opts.Variants {
		if l.chosen[text] {
			continue
		}
		hint := diag.DidYouMean(text, l.variants(text))
		if hint == "" {
			hint = "variants are declared under each:"
		}
		l.errs = append(l.errs, &diag.Error{What: fmt.Sprintf("no stage has a variant %q", text), Hint: hint})
	}
}

// variants gives the names of variants in the form that text has: behind their
// pipeline's, behind their group's, or alone. Each is given once.
func (l *loader) variants(text string) []string {
	var known []string
	for _, p := range l.project.Pipelines {
		for _, s := range p.Stages {
			name := s.Variant
			switch {
			case s.Variant == "":
				continue
			case strings.HasPrefix(text, p.Name+"/"):
				name = p.Name + "/" + s.Name
			case strings.Contains(text, "/"):
				name = s.Name
			}
			if !slices.Contains(known, name) {
				known = append(known, name)
			}
		}
	}
	return known
}
