package boosting

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"labbook/internal/diag"
)

// UnmarshalXGBoost reads a model that XGBoost saved as JSON, and the names of
// its columns where it has them.
func UnmarshalXGBoost(data []byte) (*Model, []string, error) {
	var f xgbFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, nil, fmt.Errorf("boosting: not a JSON model of XGBoost: %w", err)
	}
	l, b := &f.Learner, &f.Learner.Booster
	if b.Name != "gbtree" {
		return nil, nil, &diag.Error{What: "a booster that cannot be read", Found: strconv.Quote(b.Name), Wanted: `"gbtree"`,
			Hint: "train with booster=gbtree"}
	}
	name, _ := l.Objective["name"].(string)
	k := slices.IndexFunc(xgbObjectives[:], func(o struct{ ours, theirs string }) bool { return o.theirs == name })
	if k < 0 {
		return nil, nil, &diag.Error{What: "an objective that cannot be read", Found: strconv.Quote(name),
			Hint: "use one of those that kind train lists for boosting"}
	}
	m := &Model{objective: xgbObjectives[k].ours, quantile: 0.5, slope: 1}
	var err error
	if m.columns, err = strconv.Atoi(l.Param["num_feature"]); err != nil || m.columns < 1 || m.columns > maxColumns {
		return nil, nil, fmt.Errorf("boosting: num_feature %q of an XGBoost model", l.Param["num_feature"])
	}
	base, err := strconv.ParseFloat(l.Param["base_score"], 64)
	if err != nil {
		return nil, nil, fmt.Errorf("boosting: base_score %q of an XGBoost model", l.Param["base_score"])
	}
	switch m.objective {
	case "logistic":
		m.classes, base = 2, math.Log(base/(1-base))
	case "poisson":
		base = math.Log(base)
	case "softmax":
		if m.classes, err = strconv.Atoi(l.Param["num_class"]); err != nil || m.classes < 2 || m.classes > maxClasses {
			return nil, nil, fmt.Errorf("boosting: num_class %q of an XGBoost model", l.Param["num_class"])
		}
	}
	m.link = objectiveNamed(m.objective, m.quantile, m.slope, m.classes)
	groups := m.link.groups()
	for range groups {
		m.base = append(m.base, base)
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
			return nil, nil, fmt.Errorf("boosting: tree %d of an XGBoost model: %w", i, err)
		}
		byGroup[group] = append(byGroup[group], t)
	}
	for round := 0; slices.ContainsFunc(byGroup, func(g []*Tree) bool { return round < len(g) }); round++ {
		for _, trees := range byGroup {
			if round < len(trees) {
				m.trees = append(m.trees, trees[round])
			} else {
				m.trees = append(m.trees, &Tree{Nodes: make([]Node, 1)})
			}
		}
	}
	m.compiled = compile(m)
	return m, l.Names, nil
}

// tree puts the nodes in preorder.
func (x *xgbTree) tree(columns int) (*Tree, error) {
	n := len(x.Left)
	if n == 0 || len(x.Right) != n || len(x.Column) != n || len(x.Condition) != n || len(x.DefaultLeft) != n {
		return nil, errors.New("arrays of different lengths")
	}
	if slices.ContainsFunc(x.SplitType, func(t int) bool { return t != 0 }) {
		return nil, errors.New("splits of categories are not supported")
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
