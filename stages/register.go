package stages

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/learn/evaluation"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
	"labbook/runner/stage"
)

// registerParams are the parameters of the kind register.
type registerParams struct {
	Model     string  `yaml:"model" doc:"Name of the model in the registry."`
	Best      string  `yaml:"best" doc:"Metric by which the best candidate is chosen and compared with the champion; empty takes the one that orders the evaluation."`
	Alias     string  `yaml:"alias" doc:"Alias that the best candidate competes for."`
	Final     bool    `yaml:"final" doc:"Whether the version answers by a fit to all rows, train and test part. With false the fit that was judged answers."`
	Require   float64 `yaml:"require" doc:"Least improvement over the champion, in the metric's own scale, besides being beyond noise." range:">=0"`
	Resamples int     `yaml:"resamples" doc:"Resamples of the paired bootstrap that tells a difference from noise." range:"[100,100000]"`
	Seed      uint64  `yaml:"seed" doc:"Seed of the resamples."`
}

// Resolve implements what stage.Kind.Params asks for.
func (p *registerParams) Resolve() error {
	if p.Model == "" {
		return diag.New("no model is named", "add model: NAME to the register stage")
	}
	ref, err := registry.ParseReference(p.Model)
	if err == nil && ref != (registry.Reference{Model: p.Model, Alias: record.Champion}) {
		err = &diag.Error{What: "model names more than a model", Found: p.Model, Hint: "leave out what follows the @"}
	}
	if err == nil {
		err = registry.CheckAlias(p.Alias)
	}
	if err == nil && p.Best != "" {
		_, err = metrics.Find(p.Best, "")
	}
	return err
}

// register makes a model out of a candidate. It acts: the registry is outside
// the output, so the stage is kept apart from those that may be made again
// anywhere, and whether its effect still holds is asked of the registry each
// time (registerStands).
func register(reg *registry.Registry) stage.Kind {
	return stage.Kind{
		Name:    "register",
		Version: 9,
		Doc: `Makes the best candidate of an evaluation a new version of a model.

It becomes champion only if it beats the standing champion on the same test
rows beyond noise (paired bootstrap), or if none stands. Only rows that neither
has learned from count: after the split has changed, the champion knows part of
the new test rows. An open charge, an error that evaluate found and the pipeline
does not mute, keeps it from the title.
Where the two cannot be compared, because classes differ or fewer than 30 rows
are left, the champion stays until somebody promotes; one with an open charge
gives way, and so does one whose target was another, or whose bytes are lost.
The version has two fits. The one that was judged, to the training part, stands
in every comparison, interval and evaluation. The one that answers is fitted to
all rows, train and test part, by the same recipe; what only rows held out can
say (parameters that were searched for, rounds, ranges, a threshold) stays as
they said it of the other. No figure is of rows that a model was fitted on. A
model of which nobody knows how it came about answers by the fit that was judged.
An artifact that is registered already keeps its version, its fits and the
decision recorded then, and no alias moves, so a promotion or rollback by hand stays.
Only where it was refused for charges that are muted since, it competes again.
Predictions that were made elsewhere are no candidate: where they lead, that is a warning.`,
		Params: func() any {
			return &registerParams{Alias: record.Champion, Final: true, Resamples: 1000, Seed: 42}
		},
		Reads:       []stage.Port{stage.One(artifact.Evaluation)},
		Makes:       []artifact.Type{artifact.Registration, artifact.Predictions},
		Cores:       func(_ any, available int) int { return available },
		Run:         func(c *stage.Context) error { return runRegister(c, reg) },
		Show:        showRegistered,
		Acts:        true,
		Mutes:       true,
		ShowVersion: 7,
		Stands:      func(c *stage.Context, out *artifact.Artifact) (bool, string) { return registerStands(c, reg, out) },
	}
}

// candidate is the best model of an evaluation.
type candidate struct {
	*evaluation.Model
	from   *evaluation.Evaluation
	metric *metrics.Metric
	value  metrics.Value
}

// runRegister enters the best candidate into the registry, decides about the
// alias, and leaves what was entered (registered.json), the bundle, its final
// fit and the predictions of the evaluation, as links. The output names no version: the
// same candidate is the same artifact in every registry, and followers run
// again only for another model. Running twice is harmless: an artifact that is
// known keeps its version and its decision.
func runRegister(c *stage.Context, reg *registry.Registry) error {
	p, in := stage.Params[registerParams](c), c.Inputs()[0]
	best, err := bestCandidate(in, p.Best)
	if err != nil {
		return err
	}
	final, err := finalFit(c, reg, p, in, best)
	if err != nil {
		return err
	}
	best.warnOfBetter(c)
	version, decided, err := enter(c, reg, p, in, best, final)
	if err != nil {
		return err
	}
	c.Metric(best.value)
	c.Logf("%s is %s: %s", best.Stage, registry.Name(version), decided)
	if err := tellRegistered(c, reg, best, version, decided); err != nil {
		return err
	}
	if blob, err := in.Blob(evaluation.FilePredictions); err == nil {
		c.Link(blob, evaluation.FilePredictions)
	}
	for _, blob := range in.Sub(best.Folder).Files {
		c.Link(blob, registry.FolderBundle+"/"+blob.Name)
	}
	final.link(c)
	data, err := json.MarshalIndent(registry.Registered{
		Model: p.Model, Alias: p.Alias, Artifact: best.Artifact, Final: final.digest(), Stage: best.Stage, Estimator: best.Estimator,
		Task: best.from.Task, Target: best.from.Target, Metric: best.value,
	}, "", "  ")
	if err != nil {
		return err
	}
	return c.WriteFile(registry.FileRegistered, append(data, '\n'))
}

// bestCandidate reads the evaluation and chooses by a metric; of equally good
// ones the first on its leaderboard. What is predictions alone is none.
func bestCandidate(in *artifact.Artifact, name string) (*candidate, error) {
	e, err := evaluation.Open(in)
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = e.Primary
	}
	metric, err := metrics.Find(name, e.Task)
	if err != nil {
		return nil, err
	}
	best := &candidate{from: e, metric: metric}
	for i := range e.Models {
		value, ok := e.Models[i].Metric(name)
		if !ok || e.Models[i].Elsewhere || math.IsNaN(value.Value) || math.IsInf(value.Value, 0) {
			continue
		}
		if best.Model == nil || metric.Improvement(value.Value, best.value.Value) > 0 {
			best.Model, best.value = &e.Models[i], value
		}
	}
	if best.Model == nil {
		return nil, diag.New(fmt.Sprintf("%s did not measure %s of any model", in.Stage, name),
			fmt.Sprintf("add %s to the metrics of %s, or choose the best by %s", name, in.Stage, e.Primary))
	}
	return best, nil
}

// warnOfBetter says what would have been registered, were it a model.
func (b *candidate) warnOfBetter(c *stage.Context) {
	for i := range b.from.Models {
		m := &b.from.Models[i]
		if v, ok := m.Metric(b.metric.Name); ok && m.Elsewhere && b.metric.Improvement(v.Value, b.value.Value) > 0 {
			c.Warn(notebook.Finding{Text: fmt.Sprintf("%s leads with %s %s, and cannot be registered, for it is predictions alone: the best that can answer is %s, with %s",
				m.Stage, b.metric.Title, v.Format(), b.Stage, b.value.Format())})
		}
	}
}

// enter registers the candidate and decides, or finds it registered; words say
// what was decided. It decides again when somebody moved the alias meanwhile.
func enter(c *stage.Context, reg *registry.Registry, p *registerParams, in *artifact.Artifact, best *candidate, final *final) (version *record.Version, words string, err error) {
	for {
		known, err := reg.Find(c, p.Model, best.Artifact)
		if err != nil {
			return nil, "", err
		}
		if known != nil && !known.Retired.IsZero() {
			if err := reg.Revive(known); err != nil {
				return nil, "", err
			}
		}
		if known != nil {
			if acquitted, err := acquitted(c, reg, p, known); err != nil || !acquitted {
				return known, known.Decision, err
			}
		}
		champion, err := reg.At(c, p.Model, p.Alias)
		if err != nil {
			return nil, "", err
		}
		decision, err := decide(c, reg, p, in, best, champion)
		if err != nil {
			return nil, "", err
		}
		decision.Test = best.from.Test
		if err := c.Err(); err != nil {
			return nil, "", err // a stage that was told to stop must not act any more
		}
		version, err = put(c, reg, p, best, final, known, decision)
		var moved *record.MovedError
		if !errors.As(err, &moved) {
			return version, decision.Words, err
		}
	}
}

// put registers the candidate with what was decided, or, where it is known
// already, moves the alias alone. The error is a *record.MovedError where that
// stood elsewhere by then.
func put(c *stage.Context, reg *registry.Registry, p *registerParams, best *candidate, final *final, known *record.Version, decision *registry.Decision) (*record.Version, error) {
	var move *record.Move
	if decision.Promoted {
		move = &record.Move{
			Model: p.Model, Alias: p.Alias, From: decision.Champion,
			Reason: decision.Words, Actor: "run " + c.Run(),
		}
	}
	if known != nil {
		if move == nil {
			return known, nil
		}
		move.To = known.Version
		return known, reg.Move(move)
	}
	details, err := decision.Encode()
	if err != nil {
		return nil, err
	}
	version := &record.Version{
		Model: p.Model, Artifact: best.Artifact, Pipeline: c.Pipeline(), Run: c.Run(),
		Stage: best.Stage, Estimator: best.Estimator, Metric: best.metric.Name, Metrics: best.Metrics,
		Decision: decision.Words, Details: details, Final: final.record(),
	}
	_, err = reg.Register(version, move)
	return version, err
}

// acquitted says whether a registered version was refused for charges alone that
// the pipeline mutes since, and nobody has promoted or retracted it: then it may
// compete again.
func acquitted(c *stage.Context, reg *registry.Registry, p *registerParams, v *record.Version) (bool, error) {
	if len(registry.ChargesOf(v, nil)) == 0 || len(registry.ChargesOf(v, c.Mutes())) > 0 || v.Retracted != "" {
		return false, nil
	}
	moves, err := reg.MovesOf(c, p.Model, p.Alias)
	return !slices.ContainsFunc(moves, func(m record.Move) bool { return m.To == v.Version }), err
}

// decide says whether the candidate is to take the champion's place.
func decide(c *stage.Context, reg *registry.Registry, p *registerParams, in *artifact.Artifact, best *candidate, champion *record.Version) (*registry.Decision, error) {
	standing := 0
	if champion != nil {
		standing = champion.Version
	}
	if charges := best.charges(c.Mutes()); len(charges) > 0 {
		return registry.Charged(standing, charges), nil
	}
	if champion == nil {
		return registry.Unopposed(0, ""), nil
	}
	test, err := evaluation.OpenTest(in)
	if err != nil {
		return nil, err
	}
	challenger, err := bundle.Open(in.Sub(best.Folder, artifact.Model))
	if err != nil {
		return nil, err
	}
	bundle, files, problem, err := askable(reg, champion, challenger, test)
	if err != nil {
		return nil, err
	}
	if problem != nil {
		return incomparable(c, champion, problem), nil
	}
	fresh, err := freshRows(challenger, test, in.Sub(best.Folder), files)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", best.Stage, err)
	}
	if fresh.problem != nil {
		return incomparable(c, champion, fresh.problem), nil
	}
	var units *metrics.Units
	if units, fresh.rows, err = unitsOf(best.from, in, fresh.rows); err != nil {
		return nil, err
	}
	if fresh.words == "" && best.from.Train > 0 {
		fresh.words = fmt.Sprintf("on %s, as they were trained", human.Count(len(fresh.rows), "test row"))
	}
	sample, err := judge(challenger, test, fresh.rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", best.Stage, err)
	}
	theirs, err := judge(bundle, test, fresh.rows)
	if err != nil {
		return nil, fmt.Errorf("version %d of %s: %w", champion.Version, p.Model, err)
	}
	contest := registry.Contest{
		Metric: best.metric, Unit: best.from.Unit, Candidate: sample, Standing: theirs,
		Champion: champion.Version, Least: p.Require, Rows: fresh.words,
		Bootstrap: metrics.Bootstrap{Resamples: p.Resamples, Seed: p.Seed, Cores: c.Cores(), Units: units},
	}
	return contest.Decide(c)
}

// charges gives the errors that were found against the candidate and that are
// not muted. One that dropping a column would cure is none against a model that
// does not read it.
func (b *candidate) charges(mutes notebook.Mutes) []notebook.Finding {
	return slices.DeleteFunc(registry.Open(b.from.Findings, mutes), func(f notebook.Finding) bool {
		return strings.HasPrefix(f.Remedy, "drop:") && len(b.Inputs) > 0 && !slices.Contains(b.Inputs, f.Column)
	})
}

// incomparable says what becomes of a champion that a candidate cannot be
// compared with: it stays, unless it answers another question, is lost, or has an
// open charge itself.
func incomparable(c *stage.Context, champion *record.Version, p *problem) *registry.Decision {
	if p.deposes {
		return registry.Unopposed(champion.Version, p.words)
	}
	if charges := registry.ChargesOf(champion, c.Mutes()); len(charges) > 0 {
		return registry.Unopposed(champion.Version, fmt.Sprintf("%s, and has the open charge %s", p.words, charges[0].Code))
	}
	return registry.Incomparable(champion.Version, p.words)
}

// registerStands says whether the registry still holds what was registered.
func registerStands(c *stage.Context, reg *registry.Registry, out *artifact.Artifact) (bool, string) {
	r, err := registry.OpenRegistered(out)
	if err != nil {
		return false, err.Error()
	}
	version, err := reg.Find(c, r.Model, r.Artifact)
	switch {
	case err != nil:
		return false, err.Error()
	case version == nil:
		return false, fmt.Sprintf("the registry does not hold this version of %s", r.Model)
	case !version.Retired.IsZero():
		return false, registry.Name(version) + " was retired"
	case version.Answering() != r.Answering():
		return false, fmt.Sprintf("%s answers by another fit", registry.Name(version))
	}
	return true, ""
}
