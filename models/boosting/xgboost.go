package boosting

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"labbook/internal/base/diag"
)

// The JSON model of XGBoost 1.7, as far as trees need it; see
// https://xgboost.readthedocs.io/en/release_1.7.0/tutorials/saving_model.html.
type (
	xgbFile struct {
		Learner xgbLearner `json:"learner"`
		Version []int      `json:"version"`
	}
	xgbLearner struct {
		Attributes map[string]string `json:"attributes"`
		Names      []string          `json:"feature_names"`
		Types      []string          `json:"feature_types"`
		Booster    xgbBooster        `json:"gradient_booster"`
		Param      map[string]string `json:"learner_model_param"`
		Objective  map[string]any    `json:"objective"`
	}
	xgbBooster struct {
		Name  string   `json:"name"`
		Model xgbModel `json:"model"`
	}
	xgbModel struct {
		Param map[string]string `json:"gbtree_model_param"`
		Info  []int             `json:"tree_info"`
		Trees []xgbTree         `json:"trees"`
	}
	xgbTree struct {
		ID          int               `json:"id"`
		Param       map[string]string `json:"tree_param"`
		Left        []int32           `json:"left_children"`
		Right       []int32           `json:"right_children"`
		Parents     []int32           `json:"parents"`
		Column      []int32           `json:"split_indices"`
		Condition   []xgbNumber       `json:"split_conditions"` // thresholds, and values of leaves
		DefaultLeft []int             `json:"default_left"`
		SplitType   []int             `json:"split_type"`
		Gain        []xgbNumber       `json:"loss_changes"`
		Cover       []xgbNumber       `json:"sum_hessian"`
		Weights     []xgbNumber       `json:"base_weights"`

		Categories         []int `json:"categories"`
		CategoriesNodes    []int `json:"categories_nodes"`
		CategoriesSegments []int `json:"categories_segments"`
		CategoriesSizes    []int `json:"categories_sizes"`
	}
)

// xgbNumber is written with an exponent: XGBoost takes a number for whole
// without one.
type xgbNumber float32

func (v xgbNumber) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(v), 'E', -1, 32), nil
}

// xgbObjectives pairs our objectives with XGBoost's; where several of its
// predict alike, the first is written. It has no quantiles before 2.0; their
// predictions are plain sums, like those of the squared error.
var xgbObjectives = [...]struct{ ours, theirs string }{
	{"squared_error", "reg:squarederror"},
	{"squared_error", "reg:linear"},
	{"absolute_error", "reg:absoluteerror"},
	{"pseudo_huber", "reg:pseudohubererror"},
	{"poisson", "count:poisson"},
	{"gamma", "reg:gamma"},
	{"tweedie", "reg:tweedie"},
	{"logistic", "binary:logistic"},
	{"softmax", "multi:softprob"},
	{"softmax", "multi:softmax"},
	{"quantile", "reg:squarederror"},
}

// Where XGBoost keeps the power of the variance.
const (
	xgbTweedie      = "tweedie_regression_param"
	xgbTweediePower = "tweedie_variance_power"
)

// UndoesLog says whether the model's margins are logarithms of what it
// predicts, and what XGBoost calls its objective.
func (m *Model) UndoesLog() (name string, undone bool) {
	switch m.objective {
	case "poisson", "gamma", "tweedie":
		undone = true
	}
	return xgbName(m.objective), undone
}

// xgbName gives XGBoost's name of an objective.
func xgbName(objective string) string {
	for _, o := range xgbObjectives {
		if o.ours == objective {
			return o.theirs
		}
	}
	return ""
}

// Labels are what a model of XGBoost's has besides its trees.
type Labels struct {
	Names      []string          // of the columns; nil when the model has none
	Attributes map[string]string // free; XGBoost keeps them and pays no heed
}

// MarshalXGBoost gives the model as XGBoost's JSON, for version 1.7 and later.
// Splits of categories are not supported. XGBoost reads no escapes \u in
// strings, so labels must not have what JSON can't write without.
func (m *Model) MarshalXGBoost(labels Labels) ([]byte, error) {
	f := xgbFile{Version: []int{1, 7, 4}}
	l := &f.Learner
	l.Names, l.Types, l.Attributes = labels.Names, []string{}, labels.Attributes
	if l.Names == nil {
		l.Names = []string{}
	}
	if l.Attributes == nil {
		l.Attributes = map[string]string{}
	}
	l.Objective = map[string]any{"name": xgbName(m.objective)}
	groups := len(m.base)
	classes := 0
	base, fold := 0.0, m.base // what base_score cannot say, the first trees carry
	switch m.objective {
	case "logistic":
		base, fold = sigmoid(m.base[0]), nil
	case "poisson", "gamma", "tweedie":
		base, fold = math.Exp(m.base[0]), nil
	}
	switch m.objective {
	case "squared_error", "quantile", "logistic", "gamma":
		l.Objective["reg_loss_param"] = map[string]string{"scale_pos_weight": "1"}
	case "poisson":
		l.Objective["poisson_regression_param"] = map[string]string{"max_delta_step": "0.7"}
	case "tweedie":
		l.Objective[xgbTweedie] = map[string]string{xgbTweediePower: shortest(m.shape.power)}
	case "pseudo_huber":
		l.Objective["pseudo_huber_param"] = map[string]string{"huber_slope": shortest(m.shape.slope)}
	case "softmax":
		classes = groups
		l.Objective["softmax_multiclass_param"] = map[string]string{"num_class": strconv.Itoa(classes)}
	}
	l.Param = map[string]string{"base_score": shortest(base), "boost_from_average": "0",
		"num_class": strconv.Itoa(classes), "num_feature": strconv.Itoa(m.columns), "num_target": "1"}
	trees := slices.Clone(m.grown())
	for k := len(trees); k < len(fold); k++ {
		trees = append(trees, &Tree{Nodes: make([]Node, 1)})
	}
	b := &l.Booster
	b.Name = "gbtree"
	b.Model.Info, b.Model.Trees = []int{}, []xgbTree{}
	b.Model.Param = map[string]string{"num_parallel_tree": "1", "num_trees": strconv.Itoa(len(trees)), "size_leaf_vector": "0"}
	for k, t := range trees {
		more := 0.0
		if k < len(fold) {
			more = fold[k]
		}
		x, err := t.toXGBoost(k, m.columns, more)
		if err != nil {
			return nil, err
		}
		b.Model.Trees = append(b.Model.Trees, x)
		b.Model.Info = append(b.Model.Info, k%groups)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(f)
	return out.Bytes(), err
}

func shortest(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// toXGBoost adds more to every leaf. Its predictor takes a right child to
// follow the left one, so the nodes go in order of their level.
func (t *Tree) toXGBoost(id, columns int, more float64) (xgbTree, error) {
	x := xgbTree{ID: id, Categories: []int{}, CategoriesNodes: []int{}, CategoriesSegments: []int{}, CategoriesSizes: []int{}}
	x.Param = map[string]string{"num_deleted": "0", "num_feature": strconv.Itoa(columns),
		"num_nodes": strconv.Itoa(len(t.Nodes)), "size_leaf_vector": "0"}
	x.Parents = []int32{math.MaxInt32}
	for order, at := []int32{0}, 0; at < len(order); at++ {
		n := &t.Nodes[order[at]]
		left, right, condition, missing := int32(-1), int32(-1), n.Threshold, 0
		switch {
		case n.Set > 0:
			return x, diag.New("a model that splits categories cannot be written for XGBoost",
				"encode its categories as ordinals or one-hot, and train again")
		case n.Right == 0:
			condition = float32(float64(n.Value) + more)
		default:
			left, right = int32(len(order)), int32(len(order))+1
			order = append(order, order[at]+1, n.Right)
			x.Parents = append(x.Parents, int32(at), int32(at))
			if n.MissingLeft {
				missing = 1
			}
		}
		x.Left, x.Right = append(x.Left, left), append(x.Right, right)
		x.Column, x.Condition = append(x.Column, n.Column), append(x.Condition, xgbNumber(condition))
		x.DefaultLeft, x.SplitType = append(x.DefaultLeft, missing), append(x.SplitType, 0)
		x.Gain, x.Cover = append(x.Gain, xgbNumber(n.Gain)), append(x.Cover, xgbNumber(n.Cover))
		x.Weights = append(x.Weights, xgbNumber(n.Value))
	}
	return x, nil
}
