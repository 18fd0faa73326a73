package serve

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/models/bundle"
)

// cuts serves a model that tells the cut of a stone, with these rules of answers.
func cuts(t *testing.T, answers func(*bundle.Bundle)) *lab {
	l := newLab(t)
	l.target, l.answers = "cut", answers
	l.train(100, nil)
	return l.start(nil)
}

const stone = `{"carat":0.5,"shop":"east","price":60}`

// A model that may abstain answers all the same, with the set of what it may be: 200,
// and a label only where there is no doubt. The document says so, and only then.
func TestAbstains(t *testing.T) {
	always := func(level, reach float64, abstain bool) func(*bundle.Bundle) {
		return func(b *bundle.Bundle) {
			b.Interval = &bundle.Ranges{Level: level, Reach: reach, Rows: 99, Abstain: abstain}
		}
	}
	schema := func(l *lab) (required []any, properties map[string]any) {
		document := members(t, l.ask("GET", "/openapi.json", ""), 200)
		answer := document["components"].(map[string]any)["schemas"].(map[string]any)["StonesAnswer"].(map[string]any)
		return answer["required"].([]any), answer["properties"].(map[string]any)
	}
	doubts := cuts(t, always(0.9, 1, true)) // whatever it is, it may be any
	m := members(t, doubts.ask("POST", "/v1/stones/predict", stone), 200)
	assert.NotContains(t, m, "cut")
	assert.Equal(t, true, m["abstained"])
	assert.Equal(t, map[string]any{"classes": []any{"Fair", "Good", "Ideal"}, "level": 0.9}, m["set"])
	assert.Len(t, m["probabilities"], 3)
	required, properties := schema(doubts)
	assert.NotContains(t, required, "cut")
	assert.Contains(t, required, "abstained")
	assert.Contains(t, properties, "cut")
	w := doubts.ask("POST", "/v1/stones/predict", "carat,shop,price\n0.5,east,60\n", "Content-Type: text/csv")
	assert.Contains(t, w.Body.String(), "carat,shop,price,predicted_cut,set_cut,p_Fair,p_Good,p_Ideal\n0.5,east,60,,Fair|Good|Ideal,0.")

	sure := cuts(t, always(0.9, 0, true)) // no doubt ever
	m = members(t, sure.ask("POST", "/v1/stones/predict", "["+stone+"]"), 200)["predictions"].([]any)[0].(map[string]any)
	assert.Equal(t, false, m["abstained"])
	assert.Equal(t, []any{m["cut"]}, m["set"].(map[string]any)["classes"])

	sets := cuts(t, always(0.9, 1, false)) // a label always, and the set
	m = members(t, sets.ask("POST", "/v1/stones/predict", stone), 200)
	assert.Contains(t, m, "cut")
	assert.NotContains(t, m, "abstained")
	required, properties = schema(sets)
	assert.Contains(t, required, "cut")
	assert.NotContains(t, properties, "abstained")
	m = members(t, cuts(t, nil).ask("POST", "/v1/stones/predict", stone), 200)
	assert.NotContains(t, m, "set")
}

// Many at once get the same as each alone.
func TestSetsTogether(t *testing.T) {
	l := cuts(t, func(b *bundle.Bundle) { b.Interval = &bundle.Ranges{Level: 0.9, Reach: 0.66, Rows: 99, Abstain: true} })
	said := map[string]any{}
	for i := range 20 {
		body := fmt.Sprintf(`{"carat":%g,"shop":"east","price":%d}`, 0.2+float64(i)/20, 20+i*7)
		said[body] = members(t, l.ask("POST", "/v1/stones/predict", body), 200)["set"]
	}
	t.Run("all", func(t *testing.T) {
		for body, want := range said {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				assert.Equal(t, want, members(t, l.ask("POST", "/v1/stones/predict", body), 200)["set"])
			})
		}
	})
}

// How often the truth was in what was promised stands beside the error, of rows
// that the model abstained from too.
func TestPromisesAreMeasured(t *testing.T) {
	l := cuts(t, func(b *bundle.Bundle) { b.Interval = &bundle.Ranges{Level: 0.9, Reach: 1, Rows: 99, Abstain: true} })
	for _, outcome := range []string{"Fair", "Ideal", "Good"} {
		saved := members(t, l.ask("POST", "/v1/stones/predictions", `{"input":`+stone+`}`, withToken), 201)
		told, _ := json.Marshal(map[string]any{"outcome": outcome})
		l.ask("PATCH", "/v1/stones/predictions/"+saved["id"].(string), string(told), withToken)
	}
	var all []Accuracy
	body := l.ask("GET", "/v1/stones/accuracy", "").Body.String()
	require.NoError(t, json.Unmarshal([]byte(body[strings.Index(body, "["):strings.LastIndex(body, "]")+1]), &all), body)
	require.Len(t, all, 1)
	assert.Equal(t, 3, all[0].Rows)
	require.Len(t, all[0].Coverage, 1)
	last := all[0].Coverage[0]
	assert.Equal(t, "coverage_90", last.Name)
	assert.Equal(t, 1.0, last.Value)
	assert.Less(t, *last.Low, 0.9, "of three rows nobody knows")
}

// A threshold is answered with the label that follows from it.
func TestThresholdIsAnswered(t *testing.T) {
	l := newLab(t)
	l.target, l.answers = "shop", func(b *bundle.Bundle) { b.Threshold = &metrics.Threshold{Positive: 1, At: 0.01} }
	l.train(100, nil)
	l.start(nil)
	m := members(t, l.ask("POST", "/v1/stones/predict", `{"carat":0.5,"cut":"Good","price":60}`), 200)
	assert.Equal(t, "west", m["shop"])
	assert.Equal(t, map[string]any{"positive": "west", "at": 0.01}, m["threshold"])
}
