package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/learn/betting"
	"labbook/internal/store/keys"
	"labbook/internal/store/offer"
	"labbook/internal/store/registry"
	"labbook/internal/store/requests"
)

// A shadow is a version that is asked what the champion is asked, after the champion's
// answer was sent: what it says is recorded and nobody is sent it. One goroutine asks,
// when no request needs its core; whatever it cannot keep up with is dropped and counted.
// What came true of saved predictions tells the two apart, by a test that may be looked at
// after each outcome (package betting).

// shadow is the version that is asked beside a champion.
type shadow struct {
	offer.Shadow
	made    *Endpoint // nil: none is asked
	refused string    // then why
}

// shadows finds out who is asked beside champions, by pipeline.
func (s *Server) shadows(ctx context.Context, snap *snapshot) map[string]*shadow {
	all := map[string]*shadow{}
	for name, made := range snap.endpoints {
		if made.output == nil || made.output.offer.Shadow == nil {
			continue
		}
		one := &shadow{Shadow: *made.output.offer.Shadow}
		one.made, one.refused = s.aside(ctx, snap, made, one.Alias)
		all[name] = one
	}
	return all
}

// shadowing asks shadows.
type shadowing struct {
	server  *Server
	queue   chan *shadowed
	due     chan string // pipelines of which another outcome is known
	dropped atomic.Int64
	said    []*requests.Shadow // not recorded yet; of work alone
}

// mostShadowed is how many requests wait for a shadow at most; bodies of at most
// keepBuffer bytes wait, so that all of them take a bounded amount of memory.
const mostShadowed = 256

// shadowed is a request on its way to a shadow.
type shadowed struct {
	made       *Endpoint
	record     requests.Request // with the body as it was sent
	prediction string
}

func newShadowing(s *Server) *shadowing {
	return &shadowing{server: s, queue: make(chan *shadowed, mostShadowed), due: make(chan string, 16)}
}

// offer has a shadow be asked what was answered, if there is one; it never waits.
func (b *shadowing) offer(x *exchange) {
	if x.shadow == nil || x.status < 200 || x.status >= 300 || x.replayed {
		return
	}
	if len(x.body) > keepBuffer {
		b.drop(x.shadow.Name, "large")
		return
	}
	one := &shadowed{made: x.shadow, record: x.record}
	one.record.Request = requests.Body{Type: x.record.Request.Type, Size: int64(len(x.body)), Kept: bytes.Clone(x.body)}
	one.record.Response = requests.Body{}
	if saved := x.record.Prediction; saved != nil {
		one.prediction = saved.ID
	}
	select {
	case b.queue <- one:
	default:
		b.drop(x.shadow.Name, "queue")
	}
}

func (b *shadowing) drop(pipeline, why string) {
	b.dropped.Add(1)
	b.server.meters.shadows.WithLabelValues(pipeline, "dropped: "+why).Inc()
}

// told has the comparison of a pipeline be looked at, because an outcome came.
func (b *shadowing) told(pipeline string) {
	select {
	case b.due <- pipeline:
	default: // some wait already, and each looks at all outcomes
	}
}

// pause is between two looks at what came true of a pipeline.
const pause = 500 * time.Millisecond

// look finds out what outcomes say of a pipeline: whether its promise was kept, and whether
// its challenger is better.
func (b *shadowing) look(ctx context.Context, pipeline string) {
	s := b.server
	if made := s.Endpoint(pipeline); made != nil {
		found, err := s.promiseOf(ctx, made)
		if err == nil {
			if before := made.promise.Swap(found); found.Since != nil && (before == nil || before.Since == nil) {
				s.options.Log.Warn("a promise is broken", "pipeline", pipeline, "says", found.Says)
			}
		} else if ctx.Err() == nil {
			s.options.Log.Error("whether a promise is kept is not known", "pipeline", pipeline, "error", err)
		}
	}
	b.judge(ctx, pipeline)
}

// work asks shadows and looks at outcomes, until ctx ends.
func (b *shadowing) work(ctx context.Context) {
	looked := map[string]time.Time{}
	for _, made := range b.server.Endpoints() {
		b.look(ctx, made.Name)
	}
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			b.keep()
			return
		case one := <-b.queue:
			b.giveWay(ctx)
			if b.said = append(b.said, b.ask(one)); len(b.said) == keepAtOnce {
				b.keep()
			}
		case <-tick.C:
			b.keep()
		case pipeline := <-b.due:
			b.keep()
			if wait := pause - time.Since(looked[pipeline]); wait > 0 { // outcomes come in crowds
				time.AfterFunc(wait, func() { b.told(pipeline) })
				continue
			}
			b.look(ctx, pipeline)
			looked[pipeline] = time.Now()
		}
	}
}

// giveWay waits for a moment in which requests leave a core free, for a little.
func (b *shadowing) giveWay(ctx context.Context) {
	for range 20 {
		if b.server.meters.inFlight.Load() < int64(runtime.GOMAXPROCS(0)) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// ask gives what a shadow says of a request.
func (b *shadowing) ask(one *shadowed) *requests.Shadow {
	said := &requests.Shadow{Request: one.record.ID, Pipeline: one.made.Name, Model: one.made.Version.Model, Version: one.made.Version.Version,
		Time: b.server.options.Clock(), Prediction: one.prediction, Status: http.StatusOK}
	answer, err := one.answer()
	if err != nil {
		p := problemOf(err)
		said.Status, answer = p.Status, []byte(p.Detail)
	}
	said.Answer = answer
	return said
}

// What shadows say is recorded together, some times a second: a transaction of its own for
// each would have answers wait for their records.
const (
	keepEvery  = 200 * time.Millisecond
	keepAtOnce = 64
)

// keep records what was said.
func (b *shadowing) keep() {
	if len(b.said) == 0 {
		return
	}
	err := b.server.options.Requests.Shadow(b.said)
	if err != nil {
		b.server.options.Log.Error("what a shadow said is not recorded", "requests", len(b.said), "error", err)
	}
	for _, said := range b.said {
		switch {
		case err != nil:
			b.drop(said.Pipeline, "record")
		case said.Status != http.StatusOK:
			b.server.meters.shadows.WithLabelValues(said.Pipeline, "refused").Inc()
		default:
			b.server.meters.shadows.WithLabelValues(said.Pipeline, "answered").Inc()
		}
	}
	b.said = b.said[:0]
}

// answer asks the shadow. A panic of a model is an error, as it is to a client.
func (one *shadowed) answer() (answer json.RawMessage, err error) {
	defer func() {
		if found := recover(); found != nil {
			err = internal(fmt.Errorf("panic: %v", found))
		}
	}()
	t, err := one.made.asked(&one.record)
	if err != nil {
		return nil, err
	}
	p, err := one.made.model.bundle.Answer(t)
	if err != nil {
		return nil, unanswered(err, func(row int) string { return fmt.Sprintf("body[%d]", row) })
	}
	var b []byte
	for i := range p.Values {
		b = append(b, ",["[min(i, 1)^1])
		b = append(one.made.appendPrediction(append(b, '{'), p, i, nil), '}')
	}
	if len(p.Values) == 1 {
		return b[1:], nil
	}
	return append(b, ']'), nil
}

// Shadow is how a challenger does beside the champion.
type Shadow struct {
	Alias      string    `json:"alias" doc:"Where the challenger stands."`
	Champion   int       `json:"champion" doc:"The version that answers."`
	Challenger int       `json:"challenger,omitempty" doc:"The version that is asked the same, and not sent; absent where none is."`
	Refused    string    `json:"refused,omitempty" doc:"Why none is asked."`
	Answered   int       `json:"answered" doc:"Requests that the challenger was asked too, as far as they are kept; at most 100,000 are counted."`
	Failed     int       `json:"failed" doc:"Of them, those of which a client would have been refused."`
	Dropped    int       `json:"dropped" doc:"Requests that it was not asked, for it was behind or they were large; of all pipelines, since the server began."`
	Outcomes   int       `json:"outcomes" doc:"Saved predictions of which both said something, and the outcome is known: the first 10,000."`
	Metric     string    `json:"metric" enum:"mae,brier" doc:"By what they are compared: absolute error, or Brier score of classes."`
	Unit       string    `json:"unit,omitempty"`
	Losses     []float64 `json:"losses,omitempty" doc:"The mean of it, of champion and challenger."`
	Bound      float64   `json:"bound,omitempty" doc:"The loss that larger ones count as in the test."`
	Better     float64   `json:"better" doc:"How sure it is that the challenger loses less, from 0 to 1, whenever one looks."`
	Worse      float64   `json:"worse" doc:"How sure it is that it loses more."`
	Confidence float64   `json:"confidence" doc:"How sure it has to be to be said."`
	Verdict    string    `json:"verdict" enum:"better,worse,not told apart,none asked" doc:"The challenger, beside the champion."`
	Says       string    `json:"says" doc:"The verdict in a sentence."`
	Promote    bool      `json:"promote" doc:"Whether the challenger becomes champion by itself once it is better."`
}

// mostPairs is how many outcomes a comparison looks at.
const mostPairs = 10_000

// compareShadow compares a challenger with the champion by what came true.
func (s *Server) compareShadow(ctx context.Context, made *Endpoint, one *shadow) (*Shadow, error) {
	c := &Shadow{Alias: one.Alias, Champion: made.Version.Version, Refused: one.refused, Dropped: int(s.behind.dropped.Load()), Metric: "mae", Unit: made.Features().Target.Unit,
		Confidence: one.Confidence, Promote: one.Promote, Verdict: "none asked"}
	if one.made == nil {
		c.Says = fmt.Sprintf("No challenger is asked along: %s.", one.refused)
		return c, nil
	}
	c.Challenger = one.made.Version.Version
	bound, classes := 0.0, made.Features().Classes
	if classes != nil {
		c.Metric, c.Unit, bound = "brier", "", 2
	}
	var err error
	if c.Answered, c.Failed, err = s.options.Requests.Shadowed(ctx, made.Name, c.Challenger); err != nil {
		return nil, err
	}
	pairs, err := s.options.Requests.Pairs(ctx, made.Name, made.Version.Model, c.Champion, c.Challenger, mostPairs)
	if err != nil {
		return nil, err
	}
	test := betting.NewPaired(bound)
	for _, p := range pairs {
		first, known := lossOf(made, p.Answer, p.Outcome)
		second, too := lossOf(one.made, p.Shadow, p.Outcome)
		if known && too {
			test.Add(first, second)
		}
	}
	standing := test.Standing()
	c.Outcomes, c.Bound, c.Better, c.Worse = standing.Outcomes, standing.Bound, standing.Better, standing.Worse
	if c.Outcomes > 0 {
		c.Losses = []float64{standing.First, standing.Second}
	}
	c.conclude()
	return c, nil
}

// conclude says in words what the test says.
func (c *Shadow) conclude() {
	sure := max(c.Better, c.Worse)
	switch better, worse := c.Better >= c.Confidence, c.Worse >= c.Confidence; {
	case better && !worse:
		c.Verdict = "better"
	case worse && !better:
		c.Verdict = "worse"
	default: // also where it was the one and then the other
		c.Verdict = "not told apart"
		c.Says = fmt.Sprintf("Version %d, %s, is asked the same and not sent: it is not told apart from version %d yet, after %s.", c.Challenger, c.Alias, c.Champion, outcomesText(c.Outcomes))
		return
	}
	c.Says = fmt.Sprintf("Version %d, %s, is asked the same and not sent: it is %s than version %d, with %s %% confidence, after %s.",
		c.Challenger, c.Alias, c.Verdict, c.Champion, percentOf(sure), outcomesText(c.Outcomes))
}

// percentOf writes how sure something is, never as 100 %.
func percentOf(sure float64) string {
	sure = min(sure, .999999)
	digits := 0
	for digits < 4 && math.Round(sure*100*math.Pow10(digits)) >= 100*math.Pow10(digits) {
		digits++
	}
	return fmt.Sprintf("%.*f", digits, math.Floor(sure*100*math.Pow10(digits))/math.Pow10(digits))
}

func outcomesText(n int) string {
	if n == 1 {
		return "1 outcome"
	}
	return fmt.Sprintf("%d outcomes", n)
}

// lossOf gives what an answer lost on what came true: the absolute error, or of classes the
// Brier score, from 0 to 2.
func lossOf(made *Endpoint, answer, outcome json.RawMessage) (float64, bool) {
	said, err := readAnswer(made, answer)
	if err != nil {
		return 0, false
	}
	classes := made.Features().Classes
	if classes == nil {
		var v float64
		err := json.Unmarshal(outcome, &v)
		return math.Abs(said.value - v), err == nil
	}
	var label string
	if json.Unmarshal(outcome, &label) != nil || !slices.Contains(classes, label) {
		return 0, false
	}
	loss := 0.0
	for _, class := range classes {
		d := said.probabilities[class]
		if class == label {
			d--
		}
		loss += d * d
	}
	return min(loss, 2), true
}

// judge promotes the challenger of a pipeline if it is better and its serve stage says so.
// The move has the comparison in words, and a line of the audit trail all of it.
func (b *shadowing) judge(ctx context.Context, pipeline string) {
	s := b.server
	snap := s.current.Load()
	made, one := snap.endpoints[pipeline], snap.shadows[pipeline]
	if made == nil || one == nil || one.made == nil || !one.Promote || made.Refused != "" {
		return
	}
	c, err := s.compareShadow(ctx, made, one)
	if err == nil && c.Verdict == "better" {
		reason := fmt.Sprintf("better than version %d in shadow, with %s %% confidence, after %s: %s %.6g, not %.6g",
			c.Champion, percentOf(c.Better), outcomesText(c.Outcomes), c.Metric, c.Losses[1], c.Losses[0])
		who := "shadow of " + pipeline
		if _, err = s.Promote(ctx, made.Version.Model, c.Challenger, &c.Champion, reason, who); err == nil {
			var whole []byte
			if whole, err = json.Marshal(c); err == nil {
				err = s.options.Keys.Note(keys.Who{Actor: who}, "compare shadow", registry.Name(one.made.Version), string(whole))
			}
		}
	}
	if err != nil && ctx.Err() == nil {
		s.options.Log.Error("a challenger is not promoted", "pipeline", pipeline, "error", err)
	}
}

func (s *Server) routeShadow(api huma.API, snap *snapshot, made *Endpoint, base string, tags []string) {
	huma.Register(api, huma.Operation{OperationID: "shadow-" + made.Name, Method: http.MethodGet, Path: base + "/shadow", Tags: tags,
		Summary: "Compare the challenger with the champion",
		Description: "The challenger is asked what the champion is asked, recorded and never sent. Outcomes of saved predictions tell them apart, by a test that may be looked at after each of them: " +
			"if the challenger is no better, the chance that it is ever called so is at most 1 - confidence. Of numbers the first 20 outcomes only say how far errors go: what is beyond five times the champion's mean error on them counts as that."},
		func(ctx context.Context, _ *struct{}) (*reply[*Shadow], error) {
			c, err := s.compareShadow(ctx, made, snap.shadows[made.Name])
			if err != nil {
				return nil, internal(err)
			}
			return &reply[*Shadow]{c}, nil
		})
}
