package stages

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/store/offer"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
	"labbook/runner/stage"
)

// serveParams are the parameters of the kind serve.
type serveParams struct {
	Predict string        `yaml:"predict" doc:"Name of the answer; empty: that of the target."`
	Similar *similarQuery `yaml:"similar" doc:"How the rows most like a given one are found, among those that the model that answers was trained on; left out, they cannot be asked for."`
	Samples string        `yaml:"samples" doc:"Folder of inputs to try: a JSON object a file."`
	Change  []string      `yaml:"change" names:"column" doc:"Fields that somebody can change: what would change an answer is looked for in these alone. Empty: all."`
	Canary  *canary       `yaml:"canary" doc:"Has the version at an alias answer a part of what is asked, in the champion's place."`
	Shadow  *shadow       `yaml:"shadow" doc:"Has the version at an alias be asked what the champion is asked, recorded and never sent, and compared by outcomes."`
	Golden  int           `yaml:"golden" doc:"Predictions that a server must reproduce before it answers with this model." range:"[0,1000]"`
}

// similarQuery says how rows like a given one are found.
type similarQuery struct {
	Match   []string `yaml:"match" names:"column" doc:"Categories that must be equal."`
	Nearest string   `yaml:"nearest" names:"column" doc:"Number or date that is to be as near as can be."`
	Columns []string `yaml:"columns" names:"column" doc:"Columns to show; empty: all."`
}

// Resolve implements what stage.Kind.Params asks for.
func (q *similarQuery) Resolve() error {
	if q.Nearest == "" {
		return params.Fault("nearest", "no column is named to be near in", "a number or date of the table", "write nearest: COLUMN")
	}
	return nil
}

// similar is the query as service.json has it.
func (q *similarQuery) similar() *offer.Similar {
	return &offer.Similar{Match: q.Match, Nearest: q.Nearest, Columns: q.Columns}
}

// canary says who answers a part of what is asked.
type canary struct {
	Alias  string  `yaml:"alias" doc:"Alias of the version that answers it; where it stands nowhere, or at the champion, all is answered by that."`
	Share  float64 `yaml:"share" doc:"Which part, such as 0.05." range:"[0,1]"`
	Header string  `yaml:"header" doc:"Header of the request by which a client sticks to the one or the other, such as X-Customer-Id; empty, and where it is missing: each request by itself."`
	Field  string  `yaml:"field" names:"column" doc:"The same by a column of the table, as it stands in the JSON that is sent: of a list in its first object."`
}

// Resolve implements what stage.Kind.Params asks for.
func (c *canary) Resolve() error {
	switch err := registry.CheckAlias(c.Alias); {
	case err != nil:
		return params.Fault("alias", "no alias is named that can be another than the champion", "lower-case letters, digits and dashes", "write alias: candidate, and set it: labbook models alias MODEL@VERSION candidate")
	case c.Alias == record.Champion:
		return params.Fault("alias", "the champion answers what the canary does not", "another alias", "write alias: candidate, and set it: labbook models alias MODEL@VERSION candidate")
	case c.Header != "" && c.Field != "":
		return params.Fault("field", "clients stick by one key, and header names one already", "header or field", "leave one of them out")
	}
	return nil
}

// offered is the canary as service.json has it; nil for nil.
func (c *canary) offered() *offer.Canary {
	if c == nil {
		return nil
	}
	return &offer.Canary{Alias: c.Alias, Share: c.Share, Header: c.Header, Field: c.Field}
}

// shadow says who is asked the same and not heard.
type shadow struct {
	Alias      string  `yaml:"alias" doc:"Alias of the version that is asked; where it stands nowhere, or at the champion, none is."`
	Confidence float64 `yaml:"confidence" doc:"How sure it has to be, whenever anybody looks, until the one is called better than the other; 0 is 0.95." range:"[0,1)"`
	Promote    bool    `yaml:"promote" doc:"Whether it becomes champion by itself once it is better."`
}

// Resolve implements what stage.Kind.Params asks for.
func (s *shadow) Resolve() error {
	if registry.CheckAlias(s.Alias) != nil || s.Alias == record.Champion {
		return params.Fault("alias", "no alias is named that can be another than the champion", "lower-case letters, digits and dashes", "write alias: challenger, and set it: labbook models alias MODEL@VERSION challenger")
	}
	return nil
}

// offered is the shadow as service.json has it; nil for nil.
func (s *shadow) offered() *offer.Shadow {
	if s == nil {
		return nil
	}
	return &offer.Shadow{Alias: s.Alias, Confidence: cmp.Or(s.Confidence, .95), Promote: s.Promote}
}

// intervalLevel is how often the truth is to lie in the interval of a prediction.
const intervalLevel = 0.9

// serving prepares what answers need besides the model. It is anonymous: a
// pipeline may rename its stages without making the offer again. It says
// nothing about which version is champion; the server follows that by itself.
func serving() stage.Kind {
	return stage.Kind{
		Name:    "serve",
		Version: 5,
		Doc: `Prepares what ` + "`labbook serve`" + ` needs beside the champion.

It sorts the rows that the model was trained on so that similar ones are found in logarithmic time, gathers samples to try, takes the interval of the
predictions from the errors on the test part, and keeps predictions of the registered model, of the fit that answers, which
a server must reproduce before it answers with it. The server itself follows the champion, without a restart.`,
		Params:    func() any { return &serveParams{Golden: 20} },
		Reads:     []stage.Port{stage.One(artifact.Registration), stage.One(artifact.Table)},
		Makes:     []artifact.Type{artifact.Service},
		Anonymous: true,
		Files: func(p any) []string {
			if folder := p.(*serveParams).Samples; folder != "" {
				return []string{path.Join(folder, "*.json")}
			}
			return nil
		},
		Columns: func(a *stage.Ahead) (stage.Columns, error) {
			p, columns := a.Params.(*serveParams), a.Table(table.File)
			if columns == nil {
				return nil, nil
			}
			err := params.NoColumns("change", p.Change, columns)
			if p.Canary != nil && p.Canary.Field != "" {
				err = errors.Join(err, params.NoColumns("canary.field", []string{p.Canary.Field}, columns))
			}
			if p.Similar != nil {
				err = errors.Join(err, p.Similar.similar().CheckColumns(columns))
			}
			return nil, err
		},
		Run: runServe,

		Show: showServe, ShowVersion: 3,
	}
}

// runServe leaves the offer (service.json) and, where similar rows can be asked
// for, the sorted table. Golden predictions are of rows spread evenly over the
// table; rows that a request could not send, for a value is missing that
// training never lacked, are passed over, so there may be fewer than asked for.
// A sample that the model does not take is an error with its file.
func runServe(c *stage.Context) error {
	p := stage.Params[serveParams](c)
	registered, err := c.The(artifact.Registration)
	if err != nil {
		return err
	}
	source, err := c.The(artifact.Table)
	if err != nil {
		return err
	}
	// What the register stage chose, be it champion or not.
	r, err := registry.OpenRegistered(registered)
	if err != nil {
		return err
	}
	b, err := bundle.Open(registry.OpenAnswering(registered))
	if err != nil {
		return err
	}
	t, err := table.Open(source)
	if err != nil {
		return err
	}
	s := &offer.Offer{Model: r.Model, Artifact: r.Answering(), Predict: p.Predict, Columns: t.Names(), Canary: p.Canary.offered(), Shadow: p.Shadow.offered()}
	if s.Predict == "" {
		s.Predict = b.Features.Target.Name
	}
	if s.Samples, err = samples(c, b, t); err != nil {
		return err
	}
	if s.Golden, err = golden(b, t, p.Golden); err != nil {
		return err
	}
	if s.Interval, err = interval(registered, b, r.Stage); err != nil {
		return err
	}
	if s.Change, err = changeable(p.Change, b); err != nil {
		return err
	}
	if q := p.Similar; q != nil {
		s.Similar = q.similar()
		t, s.Similar.Trained = trainedOn(t, registry.OpenAnswering(registered))
		if err := writeIndex(c, t, s.Similar); err != nil {
			return err
		}
	}
	data, err := s.Encode()
	if err != nil {
		return err
	}
	if err := c.WriteFile(offer.File, data); err != nil {
		return err
	}
	return c.Tell(serveTold{b.Features.Target.Unit, jsonrow.New(b.Features.Inputs, jsonrow.Options{}).Names()})
}

// changeable gives those of the fields that the model reads.
func changeable(names []string, b *bundle.Bundle) ([]string, error) {
	read := jsonrow.New(b.Features.Inputs, jsonrow.Options{}).Names()
	var kept []string
	for _, name := range names {
		if slices.Contains(read, name) {
			kept = append(kept, name)
		}
	}
	if len(names) > 0 && len(kept) == 0 {
		return nil, &diag.Error{What: "change names no field that the model reads", Found: strings.Join(names, ", "), Wanted: "some of " + strings.Join(read, ", "),
			Hint: "leave it out where any field may change"}
	}
	return kept, nil
}

// trainedOn gives the rows of a table that a bundle was trained on; all of them, and
// false, where that is not known, as of a model that was imported.
func trainedOn(t *table.Table, made *artifact.Artifact) (*table.Table, bool) {
	set := rowSet(made)
	if set == nil {
		return t, false
	}
	has, err := set.Has(t)
	if err != nil {
		return t, false
	}
	var rows []int
	for row, is := range has {
		if is {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return t, false
	}
	return t.Take(rows), true
}

// samples reads the inputs to try. Each must be one that the model takes; it may
// have further columns of the table, which other models read.
func samples(c *stage.Context, b *bundle.Bundle, t *table.Table) ([]offer.Sample, error) {
	decoder := jsonrow.New(b.Features.Inputs, jsonrow.Options{Ignored: t.Names()})
	var all []offer.Sample
	for _, f := range c.Files() {
		data, err := os.ReadFile(f.Abs)
		if err != nil {
			return nil, err
		}
		rows, err := decoder.Decode(data, 1)
		if err != nil {
			return nil, &diag.Error{File: f.Path, What: "the sample is no input of the model: " + err.Error(), Hint: "it needs the columns that the model reads"}
		}
		if rows.List {
			return nil, &diag.Error{File: f.Path, What: "the sample is a list", Wanted: "one object", Hint: "make it several files"}
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, data); err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(path.Base(f.Path), ".json")
		all = append(all, offer.Sample{Name: name, Input: compact.Bytes()})
	}
	return all, nil
}

// golden has the model predict rows from all over the table, each as the
// request that a person would send.
func golden(b *bundle.Bundle, t *table.Table, n int) ([]offer.Golden, error) {
	decoder := jsonrow.New(b.Features.Inputs, jsonrow.Options{})
	inputs := t.Select(decoder.Names()...)
	var all []offer.Golden
	for i := range n {
		row := i * t.Rows() / max(n, 1)
		if row >= t.Rows() {
			break
		}
		input := jsonrow.AppendObject(nil, inputs, row)
		decoded, err := decoder.Decode(input, 1)
		if err != nil {
			continue // a value is missing there that training never lacked
		}
		said, err := b.Predict(decoded.Table)
		if err != nil {
			return nil, err
		}
		all = append(all, offer.Golden{Input: input, Value: said.Values[0], Probabilities: said.Probabilities})
	}
	return all, nil
}

// interval takes the errors of a regression from what the register stage
// passed on of its evaluation.
func interval(in *artifact.Artifact, b *bundle.Bundle, trained string) (*offer.Interval, error) {
	if !in.Is(artifact.Predictions) || b.Features.Classes != nil {
		return nil, nil
	}
	t, err := evaluation.OpenPredictions(in)
	if err != nil {
		return nil, err
	}
	actual, predicted := t.Column("actual"), t.Column("predicted/"+trained)
	if actual == nil || predicted == nil {
		return nil, nil
	}
	return offer.NewInterval(actual.Num, predicted.Num, intervalLevel, b.Transform == bundle.Log || b.Transform == bundle.Log1p), nil
}

// writeIndex sorts the table for the query and writes it.
func writeIndex(c *stage.Context, t *table.Table, s *offer.Similar) error {
	sorted, err := offer.Sort(t, s)
	if err != nil {
		return err
	}
	return keepTable(c, offer.FileIndex, sorted)
}
