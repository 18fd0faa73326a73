package stages

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"labbook/internal/diag"
	"labbook/internal/evaluation"
	"labbook/internal/ledger"
	"labbook/internal/metrics"
	"labbook/internal/registry"
	"labbook/internal/table"
	"labbook/models"
	"labbook/runner/stage"
)

// registerParams are the parameters of the kind register.
type registerParams struct {
	Model     string  `yaml:"model" doc:"Name of the model in the registry."`
	Best      string  `yaml:"best" doc:"Metric by which the best candidate is chosen and compared with the champion; empty takes the one that orders the evaluation."`
	Alias     string  `yaml:"alias" doc:"Alias that the best candidate competes for."`
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
	if err == nil && ref != (registry.Reference{Model: p.Model, Alias: ledger.Champion}) {
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

func register(reg *registry.Registry) stage.Kind {
	return stage.Kind{
		Name:    "register",
		Version: 2,
		Doc: `Makes the best candidate of an evaluation a new version of a model.

It becomes champion only if it beats the standing champion on the same test
rows beyond noise (paired bootstrap), or if none stands or can still be asked.
An artifact that is registered already keeps its version and the decision
recorded then, and no alias moves, so a promotion or rollback by hand stays.`,
		Params: func() any {
			return &registerParams{Alias: ledger.Champion, Resamples: 1000, Seed: 42}
		},
		MinFrom: 1, MaxFrom: 1,
		Accepts: []string{"evaluate"},
		Cores:   func(_ any, available int) int { return available },
		Run:     func(c *stage.Context) error { return runRegister(c, reg) },
		Stands:  func(c *stage.Context, out *stage.Input) (bool, string) { return registerStands(c, reg, out) },
	}
}

// registeredFile is registered.json: what the stage says of the candidate. It
// holds no version number, so that it is the same in every registry.
const registeredFile = "registered.json"

// predictionsFile is passed on from the evaluation, for who wants to know how
// far off the model is.
const predictionsFile = "predictions.lbt"

type registered struct {
	Model     string        `json:"model"`
	Alias     string        `json:"alias"`
	Artifact  string        `json:"artifact"` // digest of the bundle's tree
	Stage     string        `json:"stage"`    // that trained it
	Estimator string        `json:"estimator"`
	Task      metrics.Task  `json:"task"`
	Target    string        `json:"target"`
	Metric    metrics.Value `json:"metric"` // that it was chosen by
}

// candidate is the best model of an evaluation.
type candidate struct {
	*evaluation.Model
	from   *evaluation.Evaluation
	metric *metrics.Metric
	value  metrics.Value
}

func runRegister(c *stage.Context, reg *registry.Registry) error {
	p, in := stage.Params[registerParams](c), c.Inputs()[0]
	best, err := bestCandidate(in, p.Best)
	if err != nil {
		return err
	}
	version, err := enter(c, reg, p, in, best)
	if err != nil {
		return err
	}
	c.Metric(best.value)
	c.Logf("%s is %s: %s", best.Stage, registry.Name(version), version.Decision)
	if err := showRegistered(c, reg, best, version); err != nil {
		return err
	}
	if blob, err := in.Blob(predictionsFile); err == nil {
		c.Link(blob, predictionsFile)
	}
	data, err := json.MarshalIndent(registered{
		Model: p.Model, Alias: p.Alias, Artifact: best.Artifact, Stage: best.Stage, Estimator: best.Estimator,
		Task: best.from.Task, Target: best.from.Target, Metric: best.value,
	}, "", "  ")
	if err != nil {
		return err
	}
	return c.WriteFile(registeredFile, append(data, '\n'))
}

// bestCandidate reads the evaluation and chooses by a metric; of equally good
// ones the first on its leaderboard.
func bestCandidate(in *stage.Input, name string) (*candidate, error) {
	data, err := in.ReadFile(evaluation.File)
	if err != nil {
		return nil, err
	}
	e, err := evaluation.Decode(data)
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
		if !ok || math.IsNaN(value.Value) || math.IsInf(value.Value, 0) {
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

// enter registers the candidate and decides, or finds it registered. It
// decides again when somebody moved the alias meanwhile.
func enter(c *stage.Context, reg *registry.Registry, p *registerParams, in *stage.Input, best *candidate) (*ledger.Version, error) {
	for {
		if known, err := reg.Find(c, p.Model, best.Artifact); err != nil || known != nil {
			return known, err
		}
		champion, err := reg.At(c, p.Model, p.Alias)
		if err != nil {
			return nil, err
		}
		decision, err := decide(c, reg, p, in, best, champion)
		if err != nil {
			return nil, err
		}
		details, err := decision.Encode()
		if err != nil {
			return nil, err
		}
		version := &ledger.Version{
			Model: p.Model, Artifact: best.Artifact, Pipeline: c.Pipeline(), Run: c.Run(),
			Stage: best.Stage, Estimator: best.Estimator, Metric: best.metric.Name, Metrics: best.Metrics,
			Decision: decision.Words, Details: details,
		}
		var move *ledger.Move
		if decision.Promoted {
			move = &ledger.Move{
				Model: p.Model, Alias: p.Alias, From: decision.Champion,
				Reason: decision.Words, Actor: "run " + c.Run(),
			}
		}
		_, err = reg.Register(version, move)
		var moved *ledger.MovedError
		if !errors.As(err, &moved) {
			return version, err
		}
		if err := c.Err(); err != nil {
			return nil, err
		}
	}
}

// decide says whether the candidate is to take the champion's place.
func decide(c *stage.Context, reg *registry.Registry, p *registerParams, in *stage.Input, best *candidate, champion *ledger.Version) (*registry.Decision, error) {
	if champion == nil {
		return registry.Unopposed(0, ""), nil
	}
	blob, err := in.Blob("test.lbt")
	if err != nil {
		return nil, err
	}
	test, err := table.ReadFile(blob.Path)
	if err != nil {
		return nil, err
	}
	challenger, err := models.Load(in.Sub(best.Folder).ReadFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", best.Stage, err)
	}
	rows, sample, err := judge(challenger, test, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", best.Stage, err)
	}
	standing, problem := askChampion(reg, champion, challenger, test, rows)
	if problem != "" {
		return registry.Unopposed(champion.Version, problem), nil
	}
	contest := registry.Contest{
		Metric: best.metric, Unit: best.from.Unit, Candidate: sample, Standing: standing,
		Champion: champion.Version, Least: p.Require,
		Bootstrap: metrics.Bootstrap{Resamples: p.Resamples, Seed: p.Seed, Cores: c.Cores()},
	}
	return contest.Decide(c)
}

// askChampion has the standing champion predict the rows that the challenger
// was judged on, or says what keeps it from that.
func askChampion(reg *registry.Registry, champion *ledger.Version, challenger *models.Bundle, test *table.Table, rows []int) (sample *metrics.Sample, problem string) {
	files, err := reg.Open(champion)
	if err != nil {
		return nil, "can no longer be read: " + err.Error()
	}
	bundle, err := models.Load(files.ReadFile)
	if err != nil {
		return nil, "can no longer be read: " + err.Error()
	}
	mine, theirs := challenger.Features, bundle.Features
	switch {
	case theirs.Target.Name != mine.Target.Name || theirs.Task != mine.Task:
		return nil, fmt.Sprintf("predicts something else: %s (%s)", theirs.Target.Name, theirs.Task)
	case !slices.Equal(theirs.Classes, mine.Classes):
		return nil, "knows other classes"
	}
	if _, sample, err = judge(bundle, test, rows); err != nil {
		what, _, _ := strings.Cut(err.Error(), "\n") // hints are for who can follow them now
		return nil, "has another schema: " + what
	}
	return sample, ""
}

// judge has a model predict those rows of the test table; nil means every row
// whose true outcome is known.
func judge(b *models.Bundle, test *table.Table, rows []int) ([]int, *metrics.Sample, error) {
	actual, err := b.Features.Outcome(test)
	if err != nil {
		return nil, nil, err
	}
	if rows == nil {
		for i, y := range actual {
			if !math.IsNaN(y) {
				rows = append(rows, i)
			}
		}
	}
	kept := make([]float64, len(rows))
	for i, row := range rows {
		kept[i] = actual[row]
	}
	said, err := b.Predict(test.Take(rows))
	if err != nil {
		return nil, nil, err
	}
	if said.Classes != nil {
		return rows, metrics.NewClassification(kept, said.Classes, said.Probabilities), nil
	}
	return rows, metrics.NewRegression(kept, said.Values), nil
}

// registerStands says whether the registry still holds what was registered.
func registerStands(c *stage.Context, reg *registry.Registry, out *stage.Input) (bool, string) {
	data, err := out.ReadFile(registeredFile)
	if err != nil {
		return false, err.Error()
	}
	var r registered
	if err := json.Unmarshal(data, &r); err != nil {
		return false, fmt.Sprintf("%s cannot be read: %v", registeredFile, err)
	}
	version, err := reg.Find(c, r.Model, r.Artifact)
	switch {
	case err != nil:
		return false, err.Error()
	case version == nil:
		return false, fmt.Sprintf("the registry does not hold this version of %s", r.Model)
	}
	return true, ""
}
