// Package assess says what a registered version is worth on the rows of a file:
// by every metric, in pairs with other versions on the same rows, and on parts of
// the rows.
//
// Rows that one of the versions learned from would flatter it. Where a version
// says what it learned from, such rows are known by their values and left out, for
// all versions alike; where it does not, that is a warning.
package assess

import (
	"context"
	"io"
	"slices"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/evaluation"
	"labbook/internal/store/registry"
)

// Question is what is asked of a file.
type Question struct {
	Model   string   // a reference, as in diamonds@3
	Against []string // references; nil: the champion, where that is another version
	By      []string // columns by which the rows are parted
	Metric  string   // the primary one; "" is that by which the version was chosen
	Seen    bool     // judge on rows too that a version learned from
	// Group are columns of which rows with equal values belong together, and Time
	// is one that orders the rows: intervals then draw whole groups, or blocks of
	// time. Without them rows are independent.
	Group []string
	Time  string
	File  string // what messages call the rows
	Cores int
}

// Answer is what came out. Its JSON form is an interface of the command line.
type Answer struct {
	File    string         `json:"file"`
	Task    metrics.Task   `json:"task"`
	Target  string         `json:"target"`
	Unit    string         `json:"unit,omitempty"`
	Rows    int            `json:"rows"` // judged on
	LeftOut LeftOut        `json:"left_out"`
	Primary string         `json:"primary"`
	Better  metrics.Better `json:"better"`
	// Models are the version that was asked about, then those it is compared with.
	Models   []Model            `json:"models"`
	Segments []By               `json:"segments,omitempty"`
	Findings []notebook.Finding `json:"findings,omitempty"`

	judged *evaluation.Judgement
	metric *metrics.Metric
}

// LeftOut counts the rows of the file that nothing was judged on.
type LeftOut struct {
	Learned int `json:"learned_from"`  // by one of the versions
	Unknown int `json:"unknown_class"` // of a class that the versions do not know
	Missing int `json:"no_target"`
}

// Model is a version as it was measured.
type Model struct {
	Version   string               `json:"version"` // "diamonds@3"
	Estimator string               `json:"estimator"`
	Champion  bool                 `json:"champion,omitempty"`
	Metrics   []metrics.Value      `json:"metrics"`
	Coverage  *evaluation.Coverage `json:"coverage,omitempty"` // of its intervals
	Decision  *evaluation.Decision `json:"decision,omitempty"` // by its threshold
	// Versus says by each metric how the version that was asked about does against
	// this one; nil for itself.
	Versus []metrics.Comparison `json:"versus,omitempty"`
}

// By is how the versions do on the parts that a column makes of the rows. In each
// part the values are in the order of the models.
type By struct {
	Column string               `json:"column"`
	Parts  []evaluation.Segment `json:"parts"`
}

// Ask answers a question about rows. It ends with an error where the rows cannot
// be read, lack the target, or leave nothing to judge on, and where a version that
// was named predicts something else.
func Ask(ctx context.Context, reg *registry.Registry, q Question, rows io.Reader) (*Answer, error) {
	versions, findings, err := contenders(ctx, reg, &q)
	if err != nil {
		return nil, err
	}
	asked, err := read(versions, q, rows)
	if err != nil {
		return nil, err
	}
	options := evaluation.Defaults()
	options.Permutations, options.LearningCurve = 0, false
	if options.Primary = q.Metric; q.Metric == "" {
		options.Primary = versions[0].chosenBy
	}
	task, err := asked.task(versions, q)
	if err != nil {
		return nil, err
	}
	judged, err := evaluation.Judge(ctx, task, options, q.Cores, nil)
	if err != nil {
		return nil, err
	}
	judged.Places = asked.places
	a := &Answer{
		File: q.File, Task: judged.Task, Target: judged.Target, Unit: judged.Unit, Rows: judged.Rows, LeftOut: asked.left,
		Primary: judged.Primary, Better: judged.Better, Findings: slices.Concat(findings, asked.findings, judged.Findings), judged: judged, metric: judged.Main,
	}
	places := a.places(versions)
	for i, v := range versions {
		m := judged.Models[places[i]]
		model := Model{Version: v.name, Estimator: m.Estimator, Champion: v.champion, Metrics: m.Metrics, Coverage: m.Coverage, Decision: m.Decision}
		if i > 0 {
			if model.Versus, err = judged.Compare(ctx, places[0], places[i], q.Cores); err != nil {
				return nil, err
			}
		}
		a.Models = append(a.Models, model)
	}
	for _, name := range q.By {
		if err := asked.has(name, q.File); err != nil {
			return nil, err
		}
		parts, err := judged.Segments(ctx, asked.whole.Column(name), places[0], q.Cores)
		if err != nil {
			return nil, err
		}
		a.Segments = append(a.Segments, By{name, arranged(parts, places)})
	}
	return a, nil
}

// places gives where the versions stand in the judgement, which is ordered by how
// they did.
func (a *Answer) places(versions []*version) []int {
	places := make([]int, len(versions))
	for i, v := range versions {
		places[i] = slices.IndexFunc(a.judged.Models, func(m evaluation.Model) bool { return m.Stage == v.name })
	}
	return places
}

// arranged puts what was measured on parts in the order of the models.
func arranged(parts []evaluation.Segment, places []int) []evaluation.Segment {
	for k, part := range parts {
		values, versus := make([]*metrics.Value, len(places)), make([]*metrics.Comparison, len(places))
		for i, place := range places {
			values[i], versus[i] = part.Values[place], part.Versus[place]
		}
		parts[k].Values, parts[k].Versus = values, versus
	}
	return parts
}
