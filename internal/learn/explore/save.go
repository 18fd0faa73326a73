package explore

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"labbook/internal/base/artifact"
	"labbook/internal/base/facts"
	"labbook/internal/data/table"
)

// File is the file of an artifact of the type exploration; beside it lies the
// table that was described, as table.File.
const File = "explore.json"

// format is raised when older programs could not read the file.
const format = 1

// document is explore.json.
type document struct {
	Format       int              `json:"format"`
	Rows         int              `json:"rows"`
	Options      Options          `json:"options"`
	Columns      []column         `json:"columns"`
	Associations [][]facts.Number `json:"associations"` // of the columns, in their order; null where not defined
	Confounded   []Confounding    `json:"confounded,omitempty"`
	Duplicates   Duplicates       `json:"duplicates"`
	Texts        []*Reading       `json:"texts,omitempty"`
}

// column is a Profile.
type column struct {
	Name     string       `json:"name"`
	Type     table.Type   `json:"type"`
	Count    int          `json:"count"` // values present
	Distinct int          `json:"distinct"`
	Levels   []Level      `json:"levels,omitempty"`
	Mean     facts.Number `json:"mean"`
	StdDev   facts.Number `json:"sd"`
	Min      facts.Number `json:"min"`
	Q1       facts.Number `json:"q1"`
	Median   facts.Number `json:"median"`
	Q3       facts.Number `json:"q3"`
	Max      facts.Number `json:"max"`
	Skew     facts.Number `json:"skew"`
	Zeros    int          `json:"zeros,omitempty"`
	Tukey    int          `json:"tukey,omitempty"`
	Far      int          `json:"far,omitempty"`
	Steps    bool         `json:"steps,omitempty"`
	Next     int          `json:"next,omitempty"`
}

// Save writes File. Of texts and of the table it has what was found, not they
// themselves.
func (f *Facts) Save(write func(name string, data []byte) error) error {
	d := document{Format: format, Rows: f.Table.Rows(), Options: f.Options, Confounded: f.Confounded, Duplicates: f.Duplicates, Texts: f.Readings}
	for i, p := range f.Profiles {
		d.Columns = append(d.Columns, column{
			p.Name, p.Type, p.Count, p.Distinct, p.Levels, facts.Number(p.Mean), facts.Number(p.StdDev), facts.Number(p.Min), facts.Number(p.Q1),
			facts.Number(p.Median), facts.Number(p.Q3), facts.Number(p.Max), facts.Number(p.Skew), p.Zeros, p.Tukey, p.Far, p.Steps, p.Next,
		})
		d.Associations = append(d.Associations, facts.Numbers(f.Links[i]))
	}
	data, err := facts.Encode(d)
	if err != nil {
		return err
	}
	return write(File, data)
}

// Open reads an artifact of the type exploration: the facts, and the table that
// they are about.
func Open(a *artifact.Artifact) (*Facts, error) {
	data, err := a.ReadFile(File)
	if err != nil {
		return nil, err
	}
	t, err := table.Open(a)
	if err != nil {
		return nil, err
	}
	return decode(data, t)
}

// decode reads the facts about a table. They are refused where the table is
// another one.
func decode(data []byte, t *table.Table) (*Facts, error) {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("%s is no exploration: %w", File, err)
	}
	switch n := len(t.Columns); {
	case d.Format != format:
		return nil, fmt.Errorf("%s has format %d, and this labbook reads %d", File, d.Format, format)
	case d.Rows != t.Rows() || len(d.Columns) != n || len(d.Associations) != n:
		return nil, fmt.Errorf("%s is about another table", File)
	}
	f := &Facts{Table: t, Sample: spread(t, d.Options.Sample), Options: d.Options, Confounded: d.Confounded, Duplicates: d.Duplicates, Readings: d.Texts}
	for i, c := range d.Columns {
		if c.Name != t.Columns[i].Name || len(d.Associations[i]) != len(d.Columns) {
			return nil, fmt.Errorf("%s is about another table", File)
		}
		f.Profiles = append(f.Profiles, &Profile{
			Field: t.Columns[i].Field, Rows: d.Rows, Count: c.Count, Distinct: c.Distinct, Levels: c.Levels,
			Mean: float64(c.Mean), StdDev: float64(c.StdDev), Min: float64(c.Min), Max: float64(c.Max), Q1: float64(c.Q1), Median: float64(c.Median),
			Q3: float64(c.Q3), Skew: float64(c.Skew), Zeros: c.Zeros, Tukey: c.Tukey, Far: c.Far, Steps: c.Steps, Next: c.Next,
		})
		f.Links = append(f.Links, facts.Values(d.Associations[i]))
	}
	f.aim()
	for _, c := range f.Confounded {
		if f.Target == nil || f.Index(c.Column) < 0 || f.Index(c.Within) < 0 {
			return nil, fmt.Errorf("%s is about another table", File)
		}
	}
	sample := f.readSample()
	for _, r := range f.Readings {
		if r == nil || !r.attach(sample, d.Options.Target) {
			return nil, fmt.Errorf("%s is about another table", File)
		}
	}
	return f, nil
}

// readSample gives the rows whose texts are read.
func (f *Facts) readSample() *table.Table { return spread(f.Sample, mostRead) }

// attach finds in the sample the columns that the reading is about; false where
// they are not there.
func (r *Reading) attach(sample *table.Table, target string) bool {
	if r.Column = sample.Column(r.Name); r.Column == nil || r.Column.Type != table.Text {
		return false
	}
	r.Lengths = make([]float64, r.Column.Len())
	for i, s := range r.Column.Texts {
		r.Lengths[i] = float64(utf8.RuneCountInString(s))
	}
	if label := sample.Column(target); label != nil && label.Type == table.Category && len(label.Levels) > 1 {
		r.Label = label
	}
	return r.fits()
}

// fits says whether the rows and classes that were found are those of the
// sample.
func (r *Reading) fits() bool {
	rows, classes := r.Column.Len(), 0
	if r.Label != nil {
		classes = len(r.Label.Levels)
	}
	is := func(n, all int) bool { return n >= 0 && n < all }
	ok := r.Typical == nil || len(r.Typical) == classes
	for _, p := range r.Near {
		ok = ok && is(p.First, rows) && is(p.Second, rows)
	}
	for _, o := range r.Overlap {
		ok = ok && is(o.First, classes) && is(o.Second, classes)
	}
	for _, s := range r.Suspect {
		ok = ok && is(s.Row, rows) && is(s.Given, classes) && is(s.Likely, classes)
	}
	return ok
}
