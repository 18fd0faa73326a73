package notebook

import "slices"

// Mute silences the findings of a check, or those of it about one column: they
// stay listed, with the reason, and count for nothing.
type Mute struct {
	Code   string // of the check
	Column string // "" for whatever column
	Reason string // in words of who mutes it
}

// Mutes are all that a pipeline mutes.
type Mutes []Mute

// Apply gives a finding as it stands under the mutes.
func (ms Mutes) Apply(f Finding) Finding {
	f.Muted = ""
	for _, m := range ms {
		if m.Code == f.Code && (m.Column == "" || m.Column == f.Column) {
			f.Muted = m.Reason
			break
		}
	}
	return f
}

// ApplyTo gives all findings as they stand under the mutes.
func (ms Mutes) ApplyTo(findings []Finding) []Finding {
	if len(ms) == 0 {
		return findings
	}
	findings = slices.Clone(findings)
	for i, f := range findings {
		findings[i] = ms.Apply(f)
	}
	return findings
}
