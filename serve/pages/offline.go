package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/store/offer"
	"labbook/internal/store/registry"
	"labbook/models/exchange"
	"labbook/models/exchange/portable"
)

// MaxOffline is how large a page that predicts may be, in bytes: what still goes by
// e-mail.
const MaxOffline = 15_000_000

// Offline is what a page is made of that predicts by itself, without a server.
type Offline struct {
	Version *record.Version
	Target  table.Field
	Fields  []table.Field // of the form
	Rows    int           // that the model was fitted to
	Samples []offer.Sample
	// Interval are the ranges of a model that has none of its own; nil: there are none.
	Interval *offer.Interval
	Model    *exchange.Portable
}

// Mark tells pages of versions apart, and those that other programs wrote.
func Mark(v *record.Version) string {
	style, script := offlineAssets()
	template, err := templates.ReadFile("templates/offline.gohtml")
	if err != nil {
		panic("pages: " + err.Error())
	}
	sum := sha256.Sum256([]byte(registry.Name(v) + " " + v.Answering() + " " + style + script + string(template)))
	return hex.EncodeToString(sum[:12])
}

// offlineAssets gives the style and the script of such pages.
func offlineAssets() (style, script string) {
	own, err := static.ReadFile("static/offline.js")
	if err != nil {
		panic("pages: " + err.Error())
	}
	return string(assets()["pages.css"].data), string(slices.Concat(portable.Script(), own))
}

// offlineView is Offline as its template takes it.
type offlineView struct {
	*Offline
	Name, Style, Policy string
	Digest, Mark        string
	Form                *form
	Chosen              *figure
	Figures             []figure
	Starts              []sample
	Document, Inputs    template.JS // JSON
	Lists               template.JS // a text in base64
	Script              template.JS
}

// Write gives the page: one file that loads nothing and sends nothing.
func (o *Offline) Write() ([]byte, error) {
	s := &site{clock: time.Now}
	style, script := offlineAssets()
	v := &offlineView{Offline: o, Name: registry.Name(o.Version), Digest: human.Short(o.Version.Answering()), Mark: Mark(o.Version), Style: style, Policy: alone(style, script), Form: newForm(&Pipeline{Fields: o.Fields}),
		Chosen: chosenOf(o.Version), Script: template.JS(script), Lists: template.JS(`"` + base64.StdEncoding.EncodeToString(o.Model.Lists) + `"`)}
	for _, value := range o.Version.Metrics {
		v.Figures = append(v.Figures, newFigure(value))
	}
	inputs := []json.RawMessage{}
	for _, one := range o.Samples {
		v.Starts = append(v.Starts, sample{Name: one.Name, Label: sampleLabel(one.Name)})
		inputs = append(inputs, one.Input)
	}
	var err error
	if v.Inputs, err = inScript(inputs); err != nil {
		return nil, err
	}
	var document map[string]json.RawMessage
	if err := json.Unmarshal(o.Model.Document, &document); err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	if o.Interval != nil {
		if document["served"], err = json.Marshal(o.Interval); err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
	}
	if v.Document, err = inScript(document); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := s.parse().ExecuteTemplate(&out, "offline", v); err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	if out.Len() > MaxOffline {
		return nil, &diag.Error{What: "the model is too large for a page", Found: human.Bytes(int64(out.Len())), Wanted: "at most " + human.Bytes(MaxOffline),
			Hint: "train fewer or smaller trees, or set max_features or min_df for texts; or export it as .onnx"}
	}
	return out.Bytes(), nil
}

// inScript gives JSON that may stand in an element of a page: json escapes what could
// end it.
func inScript(v any) (template.JS, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("pages: %w", err)
	}
	return template.JS(data), nil
}

// alone lets only this style and this script count, and nothing be loaded.
func alone(style, script string) string {
	sha := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + sha(style) + "; script-src " + sha(script) + "; base-uri 'none'; form-action 'none'"
}

func sampleLabel(name string) string { return strings.NewReplacer("-", " ", "_", " ").Replace(name) }
