package pages

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/internal/show/report"
	"labbook/internal/store/registry"
)

// standingView is what a person is told of a pipeline before asking it anything.
type standingView struct {
	What string   // what it predicts, of what
	Lead string   // how good that is: the sentence to remember
	More []string // what else there is to say of it
	// Guessing and Before say how that stands to who knows nothing, and to the champion
	// before; Unknown why nothing is known.
	Guessing, Before, Unknown string
	Trained                   *record.Version
	Rows                      string
	Fresh                     []Aged // as they should be; what is too old is among Wrong
	Wrong                     []trouble
	outcomes                  []Accuracy
}

// trouble is something that is wrong with a pipeline.
type trouble struct {
	Text, More string
	Href, Link string // where there is more about it
}

// standing gathers what a person is told.
func (s *site) standing(ctx context.Context, from Standing, watcher Watcher, p *Pipeline) *standingView {
	v := &standingView{Trained: p.Serving, What: p.what(), Fresh: slices.DeleteFunc(slices.Clone(p.Fresh), func(a Aged) bool { return a.Stale })}
	m := &told{Name: p.Predicts, Unit: p.Unit, Version: p.Serving, Level: p.Level}
	held, err := from.Held(ctx, p.Serving)
	if err != nil {
		v.Unknown = "How good it is, is not known here: " + err.Error() + "."
	}
	m.Held = held
	v.Lead, v.More = m.quality()
	v.Guessing, v.Before = m.guessing(), m.before()
	if p.Learned > 0 {
		v.Rows = human.Count(p.Learned, "row")
	}
	v.Wrong = wrong(p, heldFindings(held))
	if found, err := watcher.Watch(ctx, p.Name); err != nil {
		s.log.Error("watch", "pipeline", p.Name, "error", err)
	} else if v.outcomes = found.Accuracy; len(found.moved()) > 0 || found.Status == "shifted" || found.Status == "drifted" {
		v.Wrong = append(v.Wrong, trouble{Text: found.verdict(), Href: path("pipelines", p.Name, "drift"), Link: "How it differs"})
	}
	return v
}

// mostWrong is how many findings the first screen lists.
const mostWrong = 3

// wrong lists what is wrong, the worst first.
func wrong(p *Pipeline, found []notebook.Finding) []trouble {
	var all []trouble
	if p.Trouble != "" {
		all = append(all, trouble{Text: sentence(p.Trouble)})
	}
	for _, f := range p.Fresh {
		if f.Stale {
			all = append(all, trouble{Text: sentence(f.Words)})
		}
	}
	if run := p.LastRun; run != nil && (run.Status == record.Failed || run.Status == record.Interrupted) {
		all = append(all, trouble{Text: "Its last run did not come to its end: the model is the one of before.", Href: path("runs", run.ID), Link: "That run"})
	}
	training := path("pipelines", p.Name, "training")
	found = append(slices.Clone(registry.ChargesOf(p.Serving, nil)), found...)
	found = slices.DeleteFunc(found, func(f notebook.Finding) bool { return f.Level != notebook.Error && f.Level != notebook.Warning })
	for i, f := range found {
		if i == mostWrong {
			all = append(all, trouble{Text: human.Count(len(found)-i, "other finding") + ".", Href: training, Link: "All of them"})
			break
		}
		one := trouble{Text: sentence(f.Text)}
		if check := checks.Lookup(f.Code); check != nil {
			one.More = check.Matters
		}
		all = append(all, one)
	}
	return all
}

// what says what is predicted, of what.
func (p *Pipeline) what() string {
	names := make([]string, len(p.Fields))
	texts := 0
	for i, f := range p.Fields {
		names[i] = f.Name
		if f.Type == table.Text {
			texts++
		}
	}
	of := fmt.Sprintf("from %s", human.Count(len(names), "field"))
	switch {
	case texts == len(names) && texts == 1:
		of = "from a text, " + names[0]
	case len(names) <= 6:
		of = "from " + human.And(names)
	default:
		of += ": " + strings.Join(names[:5], ", ") + " and " + human.Int(len(names)-5) + " more"
	}
	if p.Classes == nil {
		what := p.Predicts
		if p.Unit != "" {
			what += " in " + p.Unit
		}
		return "It tells the " + what + " " + of + "."
	}
	if len(p.Classes) <= 3 {
		return fmt.Sprintf("It tells whether the %s is %s, %s.", p.Predicts, or(p.Classes), of)
	}
	return fmt.Sprintf("It tells which %s fits best, of %s, %s.", p.Predicts, human.Int(len(p.Classes)), of)
}

// or lists names as alternatives.
func or(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// cellsView is a tab of what stages show.
type cellsView struct {
	frame
	*Pipeline
	Tab, Title string
	Lede       string
	Standing   *standingView
	Cells      []shownCell
	Checks     template.HTML
	Run        string // whose stages they are
	Empty      string
}

type shownCell struct {
	Stage, Anchor, Heading string
	HTML                   template.HTML
	Rows                   string // where the rows behind its confusion matrix are; "" for nowhere
}

// cellPages are the tabs that show what stages left.
type cellPages struct {
	*site
	pipelines Pipelines
	from      Standing
	watcher   Watcher
}

// data shows what the model learned from: what was read, and what explore found.
func (s *cellPages) data(w http.ResponseWriter, r *http.Request) error {
	return s.cells(w, r, &cellsView{Tab: "data", Title: "The data",
		Lede:  "What was read, what is in it, and what stands out. Everything here is about the data alone: no model is asked.",
		Empty: "Nothing is kept here of the data."}, dataKinds...)
}

// training shows how models were judged, and which was chosen.
func (s *cellPages) training(w http.ResponseWriter, r *http.Request) error {
	return s.cells(w, r, &cellsView{Tab: "training", Title: "The training",
		Lede:  "How good the models are on rows that they had not seen, where they err, and which was chosen, and why.",
		Empty: "Nothing is kept here of a training."}, trainingKinds...)
}

// The kinds whose stages the tabs show.
var dataKinds, trainingKinds = []string{"explore", "load", "corpus"}, []string{"evaluate", "register"}

// headings are what sections of kinds are called.
var headings = map[string]string{"explore": "What is in it", "load": "What was read", "corpus": "How it came about", "evaluate": "How good they are", "register": "Which was chosen"}

// drawings are the cells of the last few runs that were looked at, for what an ended run
// shows stays as it is.
type drawings struct {
	mu    sync.Mutex
	known []drawing // the last used at the end
}

type drawing struct {
	of     string // the run, and which kinds
	shown  []shownCell
	checks template.HTML
}

// mostDrawn is of how many runs and tabs.
const mostDrawn = 16

// cells gives what stages of these kinds of a run show; it is drawn once if the run has
// ended.
func (d *drawings) cells(ctx context.Context, from Standing, run string, ended bool, kinds ...string) (shown []shownCell, checks template.HTML, err error) {
	of := run + " " + strings.Join(kinds, " ")
	d.mu.Lock()
	for i, one := range d.known {
		if one.of == of {
			d.known = append(slices.Delete(d.known, i, i+1), one)
			d.mu.Unlock()
			return one.shown, one.checks, nil
		}
	}
	d.mu.Unlock()
	found, err := from.Cells(ctx, run, kinds...)
	if err != nil {
		return nil, "", err
	}
	if shown, checks, err = drawnCells(run, found); err != nil || !ended {
		return shown, checks, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = append(d.known, drawing{of, shown, checks})
	d.known = d.known[max(0, len(d.known)-mostDrawn):]
	return shown, checks, nil
}

// drawnCells gives cells as they are shown, and what the checks that they name are.
func drawnCells(run string, found []Cell) (shown []shownCell, checks template.HTML, err error) {
	cells, opened := make([]*notebook.Cell, len(found)), make([]bool, len(found))
	for i, c := range found {
		cells[i], opened[i] = c.Cell, openMatrices(run, c.Stage, c.Blocks)
	}
	drawn, checks, err := report.Cells(cells, nil)
	if err != nil {
		return nil, "", err
	}
	for i, c := range found {
		one := shownCell{Stage: c.Stage, Anchor: "stage-" + strings.ReplaceAll(c.Stage, "/", "."), Heading: headings[c.Kind], HTML: drawn[i]}
		if opened[i] {
			one.Rows = rowsPath(run, c.Stage, "", "")
		}
		shown = append(shown, one)
	}
	return shown, checks, nil
}

// cells shows the stages of these kinds of the run that the version came from, or,
// where none answers, of the last.
func (s *cellPages) cells(w http.ResponseWriter, r *http.Request, v *cellsView, kinds ...string) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	v.frame, v.Pipeline = s.frame(r, v.Title+" of "+p.Name, "pipelines"), p
	switch {
	case p.Serving != nil && p.Serving.Run != "":
		v.Run = p.Serving.Run
	case p.LastRun != nil:
		v.Run = p.LastRun.ID
	}
	if v.Run != "" {
		ended := p.LastRun == nil || p.LastRun.ID != v.Run || p.LastRun.Status != record.Running
		if v.Cells, v.Checks, err = s.drawn.cells(r.Context(), s.from, v.Run, ended, kinds...); err != nil {
			return err
		}
	}
	if v.Tab == "training" && p.Serving != nil {
		v.Standing = s.standing(r.Context(), s.from, s.watcher, p)
	}
	return s.render(w, r, http.StatusOK, "cells", v)
}
