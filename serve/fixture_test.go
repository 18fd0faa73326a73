package serve

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/store/keys"
	"labbook/internal/store/ledger"
	"labbook/internal/store/offer"
	"labbook/internal/store/registry"
	"labbook/internal/store/requests"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
	"labbook/models/training"
)

// token is that of the servers of tests.
const token = "a token that is long enough"

// lab is a project with a registry, a store of requests, and a server.
type lab struct {
	t         testing.TB
	registry  *registry.Registry
	ledger    *ledger.DB
	requests  *requests.Store
	server    *Server
	artifacts map[string]string // digest to folder
	transform bundle.Transform  // of the target of what is trained
	target    string            // of what is trained, cut for classes; "" is price
	answers   func(*bundle.Bundle)
	database  string // of requests
	external  string // parameters of programs that fit and predict; "" is a model of ours
}

func newLab(t testing.TB) *lab {
	folder := t.TempDir()
	db, err := ledger.Open(filepath.Join(folder, "labbook.db"), ledger.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	l := &lab{t: t, ledger: db, artifacts: map[string]string{}, transform: bundle.None}
	l.registry = registry.New(db, registry.StoreFunc(l.tree))
	l.database = filepath.Join(folder, "requests.db")
	l.requests, err = requests.Open(context.Background(), l.database, requests.Options{Durability: requests.Normal})
	require.NoError(t, err)
	t.Cleanup(func() { l.requests.Close() })
	return l
}

func (l *lab) tree(digest string) ([]artifact.Blob, error) {
	folder, ok := l.artifacts[digest]
	if !ok {
		return nil, errors.New("the artifact is gone")
	}
	files, err := os.ReadDir(folder)
	var blobs []artifact.Blob
	for _, f := range files {
		blobs = append(blobs, artifact.Blob{Name: f.Name(), Path: filepath.Join(folder, f.Name())})
	}
	return blobs, err
}

// keep makes an artifact of files.
func (l *lab) keep(digest string, files map[string][]byte) {
	folder := l.t.TempDir()
	for name, data := range files {
		require.NoError(l.t, os.WriteFile(filepath.Join(folder, name), data, 0o600))
	}
	l.artifacts[digest] = folder
}

// stones is a table of 200 stones whose price is factor times their carat, and
// a little for the cut.
func stones(factor float64) *table.Table {
	const n = 200
	zero := 0.0
	carat := &table.Column{Field: table.Field{Name: "carat", Type: table.Number, Unit: "ct", Min: &zero}}
	cut := &table.Column{Field: table.Field{Name: "cut", Type: table.Category, Levels: []string{"Fair", "Good", "Ideal"}, Ordered: true}}
	shop := &table.Column{Field: table.Field{Name: "shop", Type: table.Category, Levels: []string{"east", "west"}}}
	price := &table.Column{Field: table.Field{Name: "price", Type: table.Number, Unit: "USD"}}
	for i := range n {
		c, q := float64(20+i%100)/100, int32(i%3)
		carat.Num, cut.Codes, shop.Codes = append(carat.Num, c), append(cut.Codes, q), append(shop.Codes, int32(i%2))
		price.Num = append(price.Num, factor*c+10*float64(q)+float64(i*7919%13)-6)
	}
	t := table.New(carat, cut, shop, price)
	table.Describe(t, 1)
	return t
}

// train registers a version of the model stones, as a run of the pipeline of
// that name does, with what its serve stage leaves. change may spoil that.
func (l *lab) train(factor float64, change func(*offer.Offer)) *record.Version {
	t := l.t
	data := stones(factor)
	o := features.Defaults()
	target, estimated := cmp.Or(l.target, "price"), "linear"
	if target != "price" {
		estimated = "logistic"
	}
	o.Target = target
	o.Encode.Unknown = "ignore"
	fitted, err := features.Fit(data, o)
	require.NoError(t, err)
	x, err := fitted.Transform(data)
	require.NoError(t, err)
	if l.external != "" {
		estimated = "command"
	}
	spec := models.Lookup(estimated)
	p := spec.Params()
	require.NoError(t, params.DecodeString(l.external, p))
	y, err := fitted.Outcome(data)
	require.NoError(t, err)
	recipe := &training.Recipe{Spec: spec, Params: p, Transform: l.transform}
	model, err := recipe.Fit(context.Background(), training.Holdout{Train: &matrix.Labelled{X: x, Y: y, Classes: fitted.Classes}}, fitOptions)
	require.NoError(t, err)
	made := &bundle.Bundle{Estimator: estimated, Version: spec.Version, Transform: l.transform, Rows: data.Rows(), Features: fitted, Model: model}
	if l.answers != nil {
		l.answers(made)
	}
	files := map[string][]byte{}
	require.NoError(t, made.Save(func(name string, data []byte) error { files[name] = data; return nil }))
	bundled := fmt.Sprintf("model-%v", factor)
	l.keep(bundled, files)

	s := &offer.Offer{Model: "stones", Artifact: bundled, Predict: target, Similar: &offer.Similar{Match: []string{"cut", "shop"}, Nearest: "carat"},
		Samples: []offer.Sample{{Name: "small", Input: []byte(small)}}}
	said, err := made.Predict(data.Take([]int{7}))
	require.NoError(t, err)
	s.Golden = []offer.Golden{{Input: jsonrow.AppendObject(nil, data.Without(target), 7), Value: said.Values[0], Probabilities: said.Probabilities}}
	if fitted.Classes == nil {
		all, err := made.Predict(data)
		require.NoError(t, err)
		s.Interval = offer.NewInterval(data.Column("price").Num, all.Values, .9, false)
	} else {
		s.Samples = nil
	}
	if change != nil {
		change(s)
	}
	encoded, err := s.Encode()
	require.NoError(t, err)
	sorted, err := offer.Sort(data, s.Similar)
	require.NoError(t, err)
	var index bytes.Buffer
	require.NoError(t, sorted.Write(&index))
	output := "serve-" + bundled
	l.keep(output, map[string][]byte{offer.File: encoded, offer.FileIndex: index.Bytes()})

	run := &record.Run{Pipeline: "stones", Status: record.Succeeded, Started: time.Now(), Ended: time.Now()}
	require.NoError(t, l.ledger.StartRun(run))
	require.NoError(t, l.ledger.PutStages([]*record.Stage{
		{Run: run.ID, Name: "load", Kind: "load", Makes: []artifact.Type{artifact.Table}, Ordinal: 0, Status: record.Succeeded},
		{Run: run.ID, Name: "serve", Kind: "serve", Makes: []artifact.Type{artifact.Service}, Ordinal: 1, Status: record.Succeeded, Output: output}}))
	v := &record.Version{Model: "stones", Artifact: bundled, Pipeline: "stones", Run: run.ID, Stage: "train", Estimator: "linear",
		Metric: "mae", Metrics: []metrics.Value{{Name: "mae", Value: factor, Better: metrics.Lower}}}
	var move *record.Move
	if before, err := l.registry.Champion(context.Background(), "stones"); err == nil && before == nil {
		move = &record.Move{Model: "stones", Alias: record.Champion}
	}
	_, err = l.registry.Register(v, move)
	require.NoError(t, err)
	return v
}

const small = `{"carat":0.5,"cut":"Good","shop":"east"}`

// start starts the server, with options changed by change.
func (l *lab) start(change func(*Options)) *lab {
	o := Options{Registry: l.registry, Runs: l.ledger, Requests: l.requests, Token: token, Keys: keys.New(l.ledger, nil), Poll: 10 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	var err error
	l.server, err = New(context.Background(), o)
	require.NoError(l.t, err)
	return l
}

// ask sends a request to the server and gives the answer. Headers are
// "Name: value".
func (l *lab) ask(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if body == "" {
		r = httptest.NewRequest(method, "http://localhost"+path, http.NoBody)
	}
	if strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	l.server.ServeHTTP(w, r)
	return w
}

const withToken = "Authorization: Bearer " + token

// session signs in with the token, and gives the header of that session.
func (l *lab) session() string {
	cookie, err := l.server.guard.register.begin(l.server.guard.register.bySecret(token), "")
	require.NoError(l.t, err)
	return "Cookie: " + SessionCookie + "=" + cookie
}

// members decodes a JSON answer of this status.
func members(t testing.TB, w *httptest.ResponseRecorder, status int) map[string]any {
	t.Helper()
	require.Equal(t, status, w.Code, "%s", w.Body)
	var m map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &m), "%s", w.Body)
	return m
}

var fitOptions = estimator.Options{}

// at asks for the models under another host's name.
func (l *lab) at(host string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "http://"+host+"/v1/models", http.NoBody)
	w := httptest.NewRecorder()
	l.server.ServeHTTP(w, r)
	return w
}

func contextWithStop(t testing.TB) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	return ctx, stop
}
