package stages

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/internal/testdata"
	"labbook/runner/stage"
)

// trial is a small run of a kind: one of those that the conformance test and
// the golden runs do.
type trial struct {
	name string
	kind string
	with string
	from []string // names of trials before it
}

// trials run every kind, with the parameters that lead through different code.
// The names stand in testdata/golden.txt.
var trials = withNew([]trial{
	{"corpus", "corpus", "{vocabulary: words.yaml, write: {documents: 90, seed: 3}}", nil},
	{"load", "load", `{path: houses.csv, columns: {price: {unit: USD, doc: What it cost.}, state: {order: [poor, fair, good]}, built: {type: date}, mood: {type: text}},
		derive: {density: "rooms / area"}, keep: "area > 20"}`, nil},
	{"load posts", "load", "{path: 'corpus:corpus.csv', columns: {text: {type: text}}}", []string{"corpus"}},
	{"load gaps", "load", "{path: gaps.csv, missing: [usual, '?']}", nil},
	{"load names", "load", "{path: names.csv}", nil},
	{"load shops", "load", "{path: shops.csv}", nil},
	{"load promised", "load", `{path: [houses.csv, houses_more.csv], duplicates: keep, keep: area > 20, expect: [{unique: [area, price], else: warn}, {holds: price > area, else: warn},
		{rows: {min: 1}}, {missing: {rooms: 0, mood: 0.9}, else: warn}, {dropped: 0, else: warn}, {shift: {price: 0, state: 0}, else: warn}]}`, nil},
	{"load rejected", "load", `{path: [gaps.csv, houses.csv, houses_more.csv], reject: rejected, expect: [{unique: [area, price]}]}`, nil},
	{"explore shops", "explore", "{target: y}", []string{"load shops"}},
	{"explore names", "explore", "{target: y}", []string{"load names"}},
	{"explore gaps", "explore", "{target: y}", []string{"load gaps"}},
	{"explore", "explore", "{target: price, group: [state]}", []string{"load"}},
	{"explore classes", "explore", "{target: sold}", []string{"load"}},
	{"explore posts", "explore", "{target: label}", []string{"load posts"}},
	{"split", "split", "{test: 0.3, seed: 5, folds: 2}", []string{"load"}},
	{"split stratified", "split", "{by: stratified, column: sold, folds: 2, repeats: 2}", []string{"load"}},
	{"split time", "split", "{by: time, column: built}", []string{"load"}},
	{"split forward", "split", "{by: time, column: built, group: mood, gap: 300d}", []string{"load"}},
	{"split posts", "split", "{alike: text, folds: 2}", []string{"load posts"}},
	{"split shops", "split", "{by: time, column: day, gap: 8d}", []string{"load shops"}},
	{"shops", "features", "{target: y}", []string{"split shops"}},
	{"past", "features", "{target: y, statistics: {before: {of: y, take: last, ago: 9d}, days: {take: count, by: [day]}, level: {of: y, ago: 9d, over: 90d}}, derive: {change: before - level}}", []string{"split shops"}},
	{"placed", "features", "{target: price, drop: [sold], encode: {categories: onehot, rare: 12}, numbers: {impute: median, quantile: true}}", []string{"split"}},
	{"onehot", "features", "{target: price, drop: [mood, sold], derive: {side: sqrt(area)}, encode: {categories: onehot}, numbers: {impute: median, standardise: true}}", []string{"split"}},
	{"ordinal", "features", "{target: price, drop: [mood, sold], encode: {categories: ordinal}}", []string{"split"}},
	{"shaped", "features", "{target: price, drop: [sold], encode: {categories: target}, numbers: {impute: median, standardise: true, spline: 4, indicate: true}, generate: auto}", []string{"split"}},
	{"classes", "features", "{target: sold, drop: [mood], numbers: {impute: median}}", []string{"split stratified"}},
	{"words", "features", "{target: label}", []string{"split posts"}},
	{"linear", "train", "{model: linear, target: log, bounds: seen, validation: {folds: 3}, interval: {level: 0.8, width: even}}", []string{"onehot"}},
	{"boosting", "train", `{model: boosting, params: {n_estimators: 20, max_depth: 3}, interval: {level: 0.9},
		tune: {trials: 4, minimize: mae, space: {max_depth: {int: [2, 4]}, lambda: {log: [0.1, 10]}}}}`, []string{"ordinal"}},
	{"baseline", "train", "{model: dummy}", []string{"ordinal"}},
	{"logistic", "train", "{model: logistic, validation: {share: 0.2}}", []string{"classes"}},
	{"own features", "train", `{model: ensemble, params: {method: stack, of: [{model: linear, params: {ridge: 1}}, {model: extra-trees, params: {n_estimators: 5}}]},
		features: {target: price, drop: [mood, built], derive: {side: sqrt(area)}, numbers: {impute: median}}, interval: {level: 0.8}, validation: {folds: 3}}`, []string{"split forward"}},
	{"own shops", "train", "{model: linear, features: {target: y}}", []string{"split shops"}},
	{"own views", "train", `{model: ensemble, features: {target: price, drop: [mood], numbers: {impute: median}, views: {trees: {encode: {categories: native}}, plane: {numbers: {standardise: true}}}},
		params: {method: select, of: [{model: boosting, view: trees, params: {n_estimators: 20}}, {model: linear, view: plane}, {model: dummy}]}, interval: {level: 0.8}, validation: {folds: 3}}`, []string{"split"}},
	{"quick", "train", "{quality: quick, features: {target: price, drop: [mood]}}", []string{"split"}},
	{"good", "train", "{quality: good, features: {target: y}, interval: {level: 0.8}}", []string{"split shops"}},
	{"best", "train", "{quality: best, candidates: 14, features: {target: price, drop: [mood]}, interval: {level: 0.8}}", []string{"split forward"}},
	{"bayes", "train", "{model: naive-bayes}", []string{"words"}},
	{"svm", "train", "{model: linear-svm}", []string{"words"}},
	{"calibrated", "train", "{model: boosting, params: {n_estimators: 20}, calibrate: temperature, threshold: {positive: 'yes', costs: {fn: 4, fp: 1}}}", []string{"classes"}},
	{"precise", "train", "{model: logistic, weights: balanced, validation: {folds: 3}, threshold: {positive: 'no', precision: 0.8}}", []string{"classes"}},
	{"sets", "train", "{model: complement-bayes, validation: {folds: 4}, interval: {level: 0.8, abstain: true}}", []string{"words"}},
	{"evaluate", "evaluate", "{resamples: 200}", []string{"split", "linear", "boosting", "baseline"}},
	{"evaluate views", "evaluate", "{resamples: 200}", []string{"split", "own views", "baseline"}},
	{"evaluate forward", "evaluate", "{resamples: 200}", []string{"split forward", "own features"}},
	{"evaluate classes", "evaluate", "{resamples: 200}", []string{"split stratified", "logistic", "calibrated", "precise"}},
	{"evaluate posts", "evaluate", "{resamples: 200}", []string{"split posts", "bayes", "svm", "sets"}},
	{"theirs", "predictions", "{path: 'load:table.arrow', key: [area, built, price], prediction: area, interval: {low: area, high: price}}", []string{"split", "load"}},
	{"their classes", "predictions", "{path: 'load:table.arrow', key: [area, built, price], prediction: sold}", []string{"split stratified", "load"}},
	{"evaluate theirs", "evaluate", "{resamples: 200}", []string{"split", "linear", "theirs"}},
	{"evaluate their classes", "evaluate", "{resamples: 200, primary: accuracy}", []string{"split stratified", "logistic", "their classes"}},
	{"register best", "register", "{model: best, resamples: 200}", []string{"evaluate their classes"}},
	{"register", "register", "{model: houses, resamples: 200}", []string{"evaluate"}},
	{"evaluate fewer", "evaluate", "{resamples: 200}", []string{"split", "baseline"}},
	{"register next", "register", "{model: houses, resamples: 200}", []string{"evaluate fewer"}},
	{"evaluate shops", "evaluate", "{resamples: 200}", []string{"split shops", "own shops"}},
	{"register shops", "register", "{model: shops, resamples: 200}", []string{"evaluate shops"}},
	{"serve", "serve", "{golden: 5, similar: {match: [state], nearest: area}, samples: samples}", []string{"register", "load"}},
	{"command", "command", `{run: "cat notes.txt inputs/*/split.json > said.md", inputs: [notes.txt], outputs: [said.md]}`, []string{"split"}},
	{"command split", "command", `{run: "cp $LABBOOK_INPUT_SPLIT_TRAIN train.arrow; cp $LABBOOK_INPUT_SPLIT_TEST test.arrow", outputs: {train.arrow: split, test.arrow: split}}`, []string{"split"}},
	{"command matrix", "command", `{run: "cp $LABBOOK_INPUT_ORDINAL_MATRIX train.arrow; echo '{\"bars\": {\"names\": [\"a\"], \"values\": [1]}}' > a.figure.json",
		outputs: {train.arrow: features, a.figure.json: files}, target: price}`, []string{"ordinal"}},
	{"train on a command", "train", "{model: boosting, params: {n_estimators: 5}}", []string{"command matrix"}},
})

// withNew adds a trial of each kind that has none: as it is by default, reading
// the first outputs that its ports take.
func withNew(trials []trial) []trial {
	kinds := All(Deps{})
	for i := range kinds {
		kind := &kinds[i]
		if slices.ContainsFunc(trials, func(t trial) bool { return t.kind == kind.Name }) {
			continue
		}
		added := trial{name: kind.Name, kind: kind.Name, with: "{}"}
		for _, port := range kind.Reads {
			for _, t := range trials {
				if n := port.Min; n > 0 && port.Takes(kinds.Lookup(t.kind).Makes) {
					added.from = append(added.from, slices.Repeat([]string{t.name}, n)...)
					break
				}
			}
		}
		trials = append(trials, added)
	}
	return trials
}

// houses is the CSV that the trials read: numbers, an ordered category, dates,
// words, gaps, and a class.
func houses() string {
	var b strings.Builder
	b.WriteString("area,rooms,state,built,mood,sold,price\n")
	states := []string{"poor", "fair", "good"}
	moods := strings.Fields("quiet bright small leafy busy noisy airy dark warm cold old new")
	for i := range 240 {
		area, rooms := 15+i*37%140, 1+i*11%6
		age, state := i*53%80, i*29%7%3
		price := 900*area + 4000*rooms - 300*age + 9000*state + i*7919%5000
		year, month := 2024-age, 1+i*17%12
		mood := fmt.Sprintf("A %s and %s house near the %s street.", moods[i%12], moods[i*5%11], moods[i*7%12])
		sold := "no"
		if (price+i*104729%30000)%3 == 0 || price < 60000 {
			sold = "yes"
		}
		rest := fmt.Sprint(rooms)
		if i%23 == 0 {
			rest = ""
		}
		fmt.Fprintf(&b, "%d,%s,%s,%d-%02d-03,%s,%s,%d\n", area, rest, states[state], year, month, mood, sold, price)
	}
	return b.String()
}

// gaps is a CSV in which more columns miss values than explore names.
func gaps() string {
	var b strings.Builder
	b.WriteString("a,b,c,d,e,f,g,h,y\n")
	for i := range 60 {
		for j := range 8 {
			if (i+j)%(5+j) > 0 {
				fmt.Fprint(&b, i*(37+j)%101)
			}
			b.WriteByte(',')
		}
		fmt.Fprintln(&b, i*53%97)
	}
	return b.String()
}

// names is a CSV with names of rows: a column without a name, and numbers that
// were dealt out in another order.
func names() string {
	var b strings.Builder
	b.WriteString(",dealt,x,y\n")
	for i := range 60 {
		fmt.Fprintf(&b, "%d,%d,%d,%d\n", 3*i, 1000+i*37%60, i*53%97/7, i*53%97)
	}
	return b.String()
}

// shops is a CSV with a shop that only the latest rows have, another that only
// those before them have, and zeros where sizes are unknown.
func shops() string {
	var b strings.Builder
	b.WriteString("day,shop,size,y\n")
	for i := range 90 {
		shop, size := []string{"north", "south", "South"}[i%3], 50+i*37%20
		switch {
		case i >= 75:
			shop = "new"
		case i >= 68:
			shop = "closed"
		}
		if i%10 == 4 {
			size = 0
		}
		fmt.Fprintf(&b, "%s,%s,%d,%d\n", time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), shop, size, i*53%97)
	}
	return b.String()
}

// outcome is what a trial left, and what it was asked.
type outcome struct {
	*execution
	asked string // digest of parameters, parts, files and inputs: of a key without the kind's version
	left  string // digest of the files, metrics, warnings and facts
	cell  []byte // that is shown of it; nil for none
}

// tryAll runs the trials in a folder of their own, with that many cores.
func tryAll(t *testing.T, cores int) map[string]*outcome {
	project := t.TempDir()
	vocabulary, err := os.ReadFile(filepath.Join(testdata.Root(), "data", "resumes.yaml"))
	require.NoError(t, err)
	for name, text := range map[string]string{
		"houses.csv": houses(), "houses_more.csv": strings.TrimSuffix(strings.Join(strings.SplitAfter(houses(), "\n")[:30], ""), "\n"), "gaps.csv": gaps(), "names.csv": names(), "shops.csv": shops(), "words.yaml": string(vocabulary), "notes.txt": "noted\n",
		"samples/one.json": `{"area": 80, "rooms": 3, "state": "fair", "built": "1990-05-03"}`,
	} {
		path := filepath.Join(project, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	shop := newShop(t)
	kinds := All(Deps{Registry: shop.Registry})
	done := map[string]*outcome{}
	for _, try := range trials {
		kind := kinds.Lookup(try.kind)
		require.NotNil(t, kind, try.kind)
		done[try.name] = run(t, project, kind, try, cores, done)
		shop.keep(done[try.name].out)
	}
	return done
}

// keep makes an output one that the registry can open.
func (s *shop) keep(out *artifact.Artifact) { s.artifacts[out.Digest] = out.Files }

func run(t *testing.T, project string, kind *stage.Kind, try trial, cores int, done map[string]*outcome) *outcome {
	var asked, left bytes.Buffer
	var inputs []*artifact.Artifact
	for _, name := range try.from {
		in := *done[name].out
		if in.Stage = strings.ReplaceAll(name, " ", "-"); kind.Anonymous {
			in.Stage = ""
		}
		inputs = append(inputs, &in)
		fmt.Fprintln(&asked, "input", in.Stage, in.Digest)
	}
	ran, err := execute(t, *kind, try.with, func(c *stage.Config) {
		c.Stage, c.Project, c.Cores, c.Temp, c.Pipeline = strings.ReplaceAll(try.name, " ", "-"), project, cores, t.TempDir(), "trials"
		lines := params.Lines(c.Params)
		if kind.Parts != nil {
			lines = append(lines, kind.Parts(c.Params)...)
		}
		fmt.Fprintln(&asked, lines)
		if kind.Files == nil {
			return
		}
		for _, pattern := range kind.Files(c.Params) {
			found, err := filepath.Glob(filepath.Join(project, pattern))
			require.NoError(t, err)
			for _, path := range slices.Sorted(slices.Values(found)) {
				data, err := os.ReadFile(path)
				require.NoError(t, err)
				name, _ := filepath.Rel(project, path)
				digest := fmt.Sprintf("%x", sha256.Sum256(data))
				fmt.Fprintln(&asked, "file", name, digest)
				c.Files = append(c.Files, stage.File{Path: filepath.ToSlash(name), Abs: path, Size: int64(len(data)), Digest: digest})
			}
		}
	}, inputs...)
	require.NoError(t, err, try.name)
	for _, f := range ran.out.Files {
		fmt.Fprintln(&left, f.Name, f.Digest)
	}
	ran.out.Digest = digest(left.Bytes())
	results, err := json.Marshal([]any{ran.Metrics, ran.Warnings})
	require.NoError(t, err)
	left.Write(results)
	left.Write(ran.Told)
	o := &outcome{execution: ran, asked: digest(asked.Bytes()), left: digest(left.Bytes())}
	if kind.Show != nil {
		o.cell, err = show(t, *kind, ran, cores).Encode()
		require.NoError(t, err)
	}
	return o
}

func digest(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }
