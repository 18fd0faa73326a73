package boosting

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
)

// UnmarshalXGBoost reads a model that XGBoost saved as JSON. It survives any
// bytes; its errors are of type *diag.Error.
func UnmarshalXGBoost(data []byte) (*Model, Labels, error) {
	m, labels, err := unmarshalXGBoost(data)
	var known *diag.Error
	if err != nil && !errors.As(err, &known) {
		err = &diag.Error{What: "not a JSON model of XGBoost: " + err.Error(), Err: err,
			Hint: `save it in Python with booster.save_model("model.json"), XGBoost 1.7 or like it`}
	}
	return m, labels, err
}

func unmarshalXGBoost(data []byte) (*Model, Labels, error) {
	var f xgbFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, Labels{}, err
	}
	l, b := &f.Learner, &f.Learner.Booster
	switch b.Name {
	case "gbtree":
	case "":
		return nil, Labels{}, errors.New("it has no gradient_booster")
	default:
		return nil, Labels{}, &diag.Error{What: "a booster that cannot be read", Found: strconv.Quote(b.Name), Wanted: `"gbtree"`,
			Hint: "train with booster=gbtree"}
	}
	name, _ := l.Objective["name"].(string)
	k := slices.IndexFunc(xgbObjectives[:], func(o struct{ ours, theirs string }) bool { return o.theirs == name })
	if k < 0 {
		var known []string
		for _, o := range xgbObjectives {
			known = append(known, o.theirs)
		}
		return nil, Labels{}, &diag.Error{What: "an objective that cannot be read", Found: strconv.Quote(name),
			Wanted: "one of " + strings.Join(known, ", "),
			Hint:   "train with one of these, or predict with XGBoost"}
	}
	m := &Model{objective: xgbObjectives[k].ours, shape: usual()}
	var err error
	if m.columns, err = strconv.Atoi(l.Param["num_feature"]); err != nil || m.columns < 1 || m.columns > maxColumns {
		return nil, Labels{}, fmt.Errorf("num_feature %q", l.Param["num_feature"])
	}
	margin := func(base float64) float64 { return base }
	switch m.objective {
	case "logistic":
		m.classes, margin = 2, func(base float64) float64 { return math.Log(base / (1 - base)) }
	case "poisson", "gamma":
		margin = math.Log
	case "tweedie":
		margin = math.Log
		told, _ := l.Objective[xgbTweedie].(map[string]any)
		power, _ := told[xgbTweediePower].(string)
		if m.shape.power, err = strconv.ParseFloat(power, 64); err != nil {
			return nil, Labels{}, fmt.Errorf("%s %q", xgbTweediePower, power)
		}
	case "softmax":
		if m.classes, err = strconv.Atoi(l.Param["num_class"]); err != nil || m.classes < 2 || m.classes > maxClasses {
			return nil, Labels{}, fmt.Errorf("num_class %q", l.Param["num_class"])
		}
	}
	if targets := l.Param["num_target"]; targets != "" && targets != "0" && targets != "1" {
		return nil, Labels{}, diag.New("a model of "+targets+" targets cannot be read", "train a model for each target")
	}
	m.link = objectiveNamed(m.objective, m.shape, m.classes)
	groups := m.link.groups()
	if m.base, err = baseScores(l.Param["base_score"], groups, margin); err != nil {
		return nil, Labels{}, err
	}
	byGroup := make([][]*Tree, groups)
	for i := range b.Model.Trees {
		group := 0
		if i < len(b.Model.Info) {
			group = b.Model.Info[i]
		}
		t, err := b.Model.Trees[i].tree(m.columns)
		if err == nil && (group < 0 || group >= groups) {
			err = fmt.Errorf("class %d of %d", group, groups)
		}
		if err != nil {
			return nil, Labels{}, fmt.Errorf("tree %d: %w", i, err)
		}
		byGroup[group] = append(byGroup[group], t)
	}
	for group, trees := range byGroup {
		if len(trees) != len(byGroup[0]) {
			return nil, Labels{}, fmt.Errorf("class %d has %d trees, class 0 has %d", group, len(trees), len(byGroup[0]))
		}
	}
	for round := range byGroup[0] {
		for _, trees := range byGroup {
			m.trees = append(m.trees, trees[round])
		}
	}
	m.compiled = compile(m)
	return m, Labels{l.Names, l.Attributes}, nil
}

// baseScores reads base_score: one number for all groups, or, as XGBoost 3.1 and
// later have it, a list of one or of a number for each.
func baseScores(text string, groups int, margin func(base float64) float64) ([]float64, error) {
	list, found := strings.CutPrefix(text, "[")
	if found {
		list = strings.TrimSuffix(list, "]")
	}
	scores := strings.Split(list, ",")
	if len(scores) != 1 && len(scores) != groups {
		return nil, fmt.Errorf("base_score %q for %d classes", text, groups)
	}
	base := make([]float64, groups)
	for k := range base {
		score, err := strconv.ParseFloat(strings.TrimSpace(scores[k%len(scores)]), 64)
		if base[k] = margin(score); err != nil || base[k]-base[k] != 0 {
			return nil, fmt.Errorf("base_score %q", text)
		}
	}
	return base, nil
}

// tree puts the nodes in preorder.
func (x *xgbTree) tree(columns int) (*Tree, error) {
	n := len(x.Left)
	if n == 0 || len(x.Right) != n || len(x.Column) != n || len(x.Condition) != n || len(x.DefaultLeft) != n {
		return nil, errors.New("arrays of different lengths")
	}
	if slices.ContainsFunc(x.SplitType, func(t int) bool { return t != 0 }) {
		return nil, diag.New("a model that splits categories cannot be read",
			"encode its categories as numbers or one-hot, and train again with enable_categorical=False")
	}
	t := &Tree{}
	var visit func(at int32, depth int) (int32, error)
	visit = func(at int32, depth int) (int32, error) {
		if at < 0 || int(at) >= n || len(t.Nodes) >= n || depth > 1000 {
			return 0, fmt.Errorf("node %d is no node of a tree", at)
		}
		here := int32(len(t.Nodes))
		node := Node{}
		if int(at) < len(x.Cover) {
			node.Cover = float32(x.Cover[at])
		}
		if x.Left[at] < 0 {
			node.Value = float32(x.Condition[at])
			t.Nodes = append(t.Nodes, node)
			return here, nil
		}
		if x.Column[at] < 0 || int(x.Column[at]) >= columns {
			return 0, fmt.Errorf("a split of column %d", x.Column[at])
		}
		node.Column, node.Threshold, node.MissingLeft = x.Column[at], float32(x.Condition[at]), x.DefaultLeft[at] != 0
		if int(at) < len(x.Gain) {
			node.Gain = float32(x.Gain[at])
		}
		t.Nodes = append(t.Nodes, node)
		if _, err := visit(x.Left[at], depth+1); err != nil {
			return 0, err
		}
		right, err := visit(x.Right[at], depth+1)
		t.Nodes[here].Right = right
		return here, err
	}
	_, err := visit(0, 0)
	return t, err
}
