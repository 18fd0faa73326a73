package registry

import (
	"context"
	"encoding/json"
	"fmt"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/learn/checks"
)

// Decision is whether a candidate became champion, and on what grounds. It is
// kept with the version, in its Details, and never changes.
type Decision struct {
	Promoted bool `json:"promoted"`
	// Words say it to people: "not promoted: MAE 264.1 USD against 263.9 of
	// version 2, difference 0.2 [-1.1, 1.6] is within noise".
	Words string `json:"words"`
	// Champion is the version that stood when it was decided; 0: none.
	Champion int `json:"champion"`
	// Comparison is the candidate's with that champion, on the same test rows;
	// nil when there was none or it could not be asked.
	Comparison *metrics.Comparison `json:"comparison,omitempty"`
	// Test is the digest of the test part that the version's metrics were
	// measured on; "" with versions that were imported, or registered before
	// this was recorded.
	Test string `json:"test,omitempty"`
	// Charges are the errors that were found and not muted when it was decided.
	Charges []notebook.Finding `json:"charges,omitempty"`
}

// ChargesOf gives the charges that were open when a version was registered, as
// they stand under these mutes.
func ChargesOf(v *record.Version, mutes notebook.Mutes) []notebook.Finding {
	d, err := DecodeDecision(v.Details)
	if err != nil {
		return nil
	}
	return Open(d.Charges, mutes)
}

// Open gives those of findings that keep a model from becoming champion by
// itself: errors that are not muted.
func Open(findings []notebook.Finding, mutes notebook.Mutes) []notebook.Finding {
	var open []notebook.Finding
	for _, f := range findings {
		if f = mutes.Apply(f); f.Level == notebook.Error && f.Muted == "" {
			open = append(open, f)
		}
	}
	return open
}

// TestOf gives the digest of the test part that a version was judged on, as it
// was recorded with it, or "".
func TestOf(v *record.Version) string {
	d, err := DecodeDecision(v.Details)
	if err != nil {
		return ""
	}
	return d.Test
}

// Encode gives the form in which a decision is kept.
func (d *Decision) Encode() ([]byte, error) { return json.Marshal(d) }

// DecodeDecision is the inverse of Encode; it survives any bytes.
func DecodeDecision(data []byte) (*Decision, error) {
	var d Decision
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("not a recorded decision: %w", err)
	}
	return &d, nil
}

// Unopposed promotes a candidate that nobody stands against: because champion
// is 0, or because of the problem with it, which is worse than that it cannot be
// compared.
func Unopposed(champion int, problem string) *Decision {
	if champion == 0 {
		return &Decision{Promoted: true, Words: "promoted: no champion stood"}
	}
	return &Decision{
		Promoted: true, Champion: champion,
		Words: fmt.Sprintf("promoted without a comparison: the champion, version %d, %s", champion, problem),
	}
}

// Incomparable keeps the champion, because no honest comparison can be made: a
// candidate is not better only because nobody can tell.
func Incomparable(champion int, problem string) *Decision {
	return &Decision{
		Champion: champion,
		Words:    fmt.Sprintf("not promoted: not comparable with the champion, version %d: %s; it stays until somebody promotes another", champion, problem),
	}
}

// Charged refuses a candidate for what was found against it.
func Charged(champion int, charges []notebook.Finding) *Decision {
	first := charges[0]
	words := fmt.Sprintf("not promoted: open charge %s, %s", first.Code, first.Text)
	if more := len(charges) - 1; more > 0 {
		words += " (and " + human.Count(more, "other charge") + ")"
	}
	cure := "; cure it"
	if first.Remedy != "" {
		cure += " (" + first.Remedy + ")"
	}
	return &Decision{Champion: champion, Charges: charges, Words: words + cure + ", or mute it with a reason (" + checks.Mute(first.Code, first.Column) + ")"}
}

// Contest is a candidate against the standing champion, on the same rows.
type Contest struct {
	Metric *metrics.Metric
	Unit   string // of the target
	// Candidate and Standing are what each said of the same rows, in the same
	// order.
	Candidate, Standing *metrics.Sample
	Champion            int // the version that stands
	// Rows says which rows they are, as in "on 2,103 of 10,748 test rows that
	// neither has learned from"; "" when they are all.
	Rows string
	// Least is the improvement that is asked for, in the metric's scale, not
	// negative; 0 asks only that it is beyond noise.
	Least     float64
	Bootstrap metrics.Bootstrap
}

// Decide promotes the candidate when it is better beyond noise: when the
// interval of the difference, by paired bootstrap over the test rows, lies on
// its side of 0, and the difference is at least Least.
func (c *Contest) Decide(ctx context.Context) (*Decision, error) {
	values, replicates, err := c.Bootstrap.Replicates(ctx, []metrics.Figure{c.Metric.Of(c.Candidate), c.Metric.Of(c.Standing)})
	if err != nil {
		return nil, err
	}
	candidate, standing := values[0], values[1]
	comparison := c.Bootstrap.Compare(c.Metric, c.Unit, fmt.Sprintf("version %d", c.Champion),
		c.Candidate.Rows(), candidate, standing, replicates[0], replicates[1])

	d := &Decision{Champion: c.Champion, Comparison: &comparison}
	verb, end := "not promoted", ""
	switch {
	case comparison.Verdict == metrics.WorseThan:
		end = " is for the worse"
	case comparison.Verdict == metrics.Tie && comparison.Unsure:
		end = ": too few rows to tell"
	case comparison.Verdict == metrics.Tie && comparison.Better == 0:
		end = " is none"
	case comparison.Verdict == metrics.Tie:
		end = " is within noise"
	case comparison.Better < c.Least:
		end = fmt.Sprintf(" is less than the required %s", c.Metric.Bare(c.Least))
	default:
		verb, d.Promoted = "promoted", true
	}
	// Compare counts improvement; people subtract the numbers that they see.
	difference, low, high := comparison.Better, comparison.Low, comparison.High
	if c.Metric.Better == metrics.Lower {
		difference, low, high = 0-difference, 0-high, 0-low
	}
	d.Words = fmt.Sprintf("%s: %s %s against %s of version %d, difference %s [%s, %s]%s", verb, c.Metric.Title,
		c.Metric.Format(candidate, c.Unit), c.Metric.Bare(standing), c.Champion,
		c.Metric.Bare(difference), c.Metric.Bare(low), c.Metric.Bare(high), end)
	if c.Rows != "" {
		d.Words += ", compared " + c.Rows
	}
	return d, nil
}
