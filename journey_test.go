package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/browsertest"
)

// TestJourneys goes through the site as people do, in a browser, from a project in which
// nothing was ever run: somebody new to it, somebody who sorts applications, somebody who
// looks after models. With LABBOOK_NIGHT each goes at the width of a desk and of a phone;
// LABBOOK_PICTURES names a folder for what they saw.
func TestJourneys(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server and a browser")
	}
	widths := map[string][]int64{"newcomer": {1440}, "recruiter": {390}, "analyst": {1440}}
	if os.Getenv("LABBOOK_NIGHT") != "" {
		for name := range widths {
			widths[name] = []int64{1440, 390}
		}
	}
	for _, one := range []struct {
		name string
		goes func(*traveller)
	}{{"newcomer", (*traveller).newcomer}, {"recruiter", (*traveller).recruiter}, {"analyst", (*traveller).analyst}} {
		for _, width := range widths[one.name] {
			t.Run(fmt.Sprintf("%s at %d", one.name, width), func(t *testing.T) {
				tr := depart(t, one.name, width)
				one.goes(tr)
			})
		}
	}
}

// traveller is somebody on the way through the site of a project.
type traveller struct {
	t        *testing.T
	b        *browsertest.Browser
	name     string
	width    int64
	dir, url string
	step     int
}

// Two small pipelines, one of texts and one of numbers, whose stage pause takes as long as
// its parameter says.
const journeyJobs = `name: jobs
title: Which job does an application fit?
stages:
  load: {uses: load, with: {path: jobs.csv, columns: {text: {type: text}, job: {type: category}}}}
  split: {uses: split, from: load, with: {by: stratified, column: job, test: 0.3}}
  features: {uses: features, from: split, with: {target: job, text: {min_df: 1}}}
  train: {uses: train, from: features, each: {bayes: {with: {model: naive-bayes}}, linear: {with: {model: logistic}}}}
  evaluate: {uses: evaluate, from: [split, train], with: {resamples: 200}}
  register: {uses: register, from: evaluate, with: {model: jobs}}
  serve: {uses: serve, from: [register, load]}
`

const journeyStones = `name: stones
title: What is a stone worth?
params: {pause: 0, rounds: 20}
stages:
  pause: {uses: command, with: {run: "sleep ${params.pause}; echo rested > rested", outputs: [rested]}}
  load: {uses: load, needs: pause, with: {path: stones.csv, columns: {carat: {type: number, unit: ct}, cut: {type: category, order: [Fair, Good, Ideal]}, price: {type: number, unit: USD}}}}
  split: {uses: split, from: load, with: {test: 0.3}}
  features: {uses: features, from: split, with: {target: price}}
  train: {uses: train, from: features, with: {model: boosting, params: {n_estimators: "${params.rounds}"}}}
  evaluate: {uses: evaluate, from: [split, train], with: {resamples: 200}}
  register: {uses: register, from: evaluate, with: {model: stones}}
  serve: {uses: serve, from: [register, load]}
`

// journeyData gives applications for three jobs, and stones.
func journeyData() (jobs, stones string) {
	words := map[string][]string{
		"Nurse":    {"ward", "patients", "night shifts", "wound care", "medication", "intensive care"},
		"Welder":   {"steel", "welding", "pipes", "blueprints", "grinding", "safety goggles"},
		"Engineer": {"software", "databases", "servers", "testing", "compilers", "networks"},
	}
	var j, s strings.Builder
	j.WriteString("text,job\n")
	for i := range 120 {
		for _, job := range []string{"Nurse", "Welder", "Engineer"} {
			w := words[job]
			fmt.Fprintf(&j, "%d years of %s and %s and %s,%s\n", 1+i%17, w[i%6], w[(i/2+1)%6], w[(i/5+3)%6], job)
		}
	}
	s.WriteString("carat,cut,price\n")
	for i := range 400 {
		carat := .3 + float64(i*7919%170)/100
		cut := i % 3
		fmt.Fprintf(&s, "%.2f,%s,%.0f\n", carat, []string{"Fair", "Good", "Ideal"}[cut], 3000*carat*carat+300*float64(cut)+float64(i*104729%211))
	}
	return j.String(), s.String()
}

// depart makes the project, serves it, and opens a browser.
func depart(t *testing.T, name string, width int64) *traveller {
	b := browsertest.Open(t)
	tr := &traveller{t: t, b: b, name: name, width: width, dir: t.TempDir()}
	jobs, stones := journeyData()
	for file, text := range map[string]string{"pipeline.yaml": "include: [jobs.yaml, stones.yaml]\n", "jobs.yaml": journeyJobs, "stones.yaml": journeyStones, "jobs.csv": jobs, "stones.csv": stones} {
		require.NoError(t, os.WriteFile(filepath.Join(tr.dir, file), []byte(text), 0o666))
	}
	cmd := exec.Command("labbook", "serve", "--listen", "127.0.0.1:0", "--durability", "normal")
	cmd.Dir = tr.dir
	said, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	lines := bufio.NewScanner(said)
	for lines.Scan() && tr.url == "" {
		tr.url = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(lines.Text())
	}
	go io.Copy(io.Discard, said)
	require.NotEmpty(t, tr.url, "the server says where it is")
	b.Size(width, 900)
	return tr
}

// sees takes a picture of a page, on which there is nothing that some people could not use.
func (tr *traveller) sees(what string) {
	tr.t.Helper()
	tr.step++
	assert.Empty(tr.t, tr.b.Faults(), what)
	tr.b.Picture(fmt.Sprintf("%s-%d-%02d-%s", tr.name, tr.width, tr.step, what))
}

// reads waits until a text stands on the page.
func (tr *traveller) reads(texts ...string) {
	tr.t.Helper()
	for _, text := range texts {
		tr.b.Wait(fmt.Sprintf("document.readyState === 'complete' && document.querySelector('main').innerText.includes(%q)", text))
	}
}

// clicks clicks on what a selector finds with a text, "" for any, and which a person could see.
func (tr *traveller) clicks(selector, text string) {
	tr.t.Helper()
	find := fmt.Sprintf("[...document.querySelectorAll(%q)].find(e => e.textContent.includes(%q) && e.getClientRects().length)", selector, text)
	tr.b.Wait("document.readyState === 'complete' && !!" + find)
	browsertest.Ask[any](tr.b, "(() => { "+find+".click() })()")
}

// fills writes into a control.
func (tr *traveller) fills(selector, value string) {
	tr.t.Helper()
	tr.b.Wait(fmt.Sprintf("document.readyState === 'complete' && !!document.querySelector(%q)", selector))
	browsertest.Ask[any](tr.b, fmt.Sprintf("(() => { const e = document.querySelector(%q); e.value = %q; e.dispatchEvent(new Event('input', {bubbles: true})) })()", selector, value))
}

// drops drops a file on the page.
func (tr *traveller) drops(name, text string) {
	browsertest.Ask[any](tr.b, fmt.Sprintf(`(() => { const d = new DataTransfer(); d.items.add(new File([%q], %q));
		for (const kind of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: d})); })()`, text, name))
}

// signsIn shows the token, and comes back.
func (tr *traveller) signsIn() {
	tr.t.Helper()
	token, err := os.ReadFile(filepath.Join(tr.dir, "runs", "token"))
	require.NoError(tr.t, err)
	tr.clicks("a[href*='/login']", "Sign in")
	tr.fills("#token", strings.TrimSpace(string(token)))
	tr.clicks("main form button", "Sign in")
	tr.b.Wait("document.readyState === 'complete' && !!document.querySelector(\"form[action$='/logout']\")")
}

// runs runs pipelines at the command line, as somebody else did before.
func (tr *traveller) runs(args ...string) {
	tr.t.Helper()
	cmd := exec.Command("labbook", append([]string{"run", "--quiet"}, args...)...)
	cmd.Dir = tr.dir
	out, err := cmd.CombinedOutput()
	require.NoError(tr.t, err, "%s", out)
}

// serves waits until a model answers for a pipeline.
func (tr *traveller) serves(pipeline string) {
	tr.t.Helper()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		tr.b.Visit(tr.url + "/pipelines/" + pipeline)
		if browsertest.Ask[bool](tr.b, "!!document.querySelector('form#form')") {
			return
		}
		require.Less(tr.t, time.Since(began), time.Minute, "no model answers for %s", pipeline)
	}
}

// newcomer comes to a project in which nothing was run, runs it, and asks the model.
func (tr *traveller) newcomer() {
	tr.b.Visit(tr.url)
	tr.reads("Which job does an application fit?", "it has not run yet")
	tr.sees("home")
	tr.clicks("main a", "What is a stone worth?")
	tr.reads("No model answers for this pipeline yet")
	tr.sees("nothing-yet")
	tr.clicks("main a.button", "Run it")
	tr.reads("Sign in to start one")
	tr.signsIn()
	tr.reads("Start a run")
	tr.sees("form")
	tr.fills("input[name=name]", "My first run")
	tr.clicks("main button.primary", "Start")
	tr.reads("My first run", "succeeded", "Which was chosen")
	tr.sees("run")
	tr.serves("stones")
	tr.reads("It tells the price in USD", "Off by", "Against guessing", "What it says of")
	tr.sees("first-screen")
	tr.fills("#field-0", "1.2")
	tr.clicks("#form button", "Only predict")
	tr.b.Wait("document.activeElement.id === 'answer' && document.querySelector('#answer .value-big').textContent.includes('USD')")
	tr.reads("Why")
	tr.sees("answer")
	for _, tab := range []string{"Data", "Training", "Notebook"} {
		tr.clicks("nav.tabs a", tab)
		tr.b.Wait(fmt.Sprintf("document.readyState === 'complete' && location.pathname.endsWith(%q)", "/"+strings.ToLower(tab)))
		tr.sees(tab)
		if tab == "Data" {
			tr.reads("What was read")
		}
	}
}

// recruiter drops an application, reads why, saves it, corrects what was said, and has a
// table of several answered.
func (tr *traveller) recruiter() {
	tr.runs("jobs")
	tr.serves("jobs")
	tr.signsIn()
	tr.drops("application.txt", "9 years of night shifts and wound care and medication on a ward")
	tr.reads("What it says of application.txt", "What in the text speaks for it")
	assert.Equal(tr.t, "Nurse", browsertest.Ask[string](tr.b, "document.querySelector('#answer .value-big').textContent"))
	tr.sees("why")
	tr.fills("#note", "application 17")
	tr.clicks("#form button", "Predict and save")
	tr.b.Wait("document.querySelectorAll('.saved > li').length === 1")
	tr.reads("application 17")
	tr.clicks(".saved summary", "What came true?")
	tr.fills(".saved select", "Engineer")
	tr.clicks(".saved form button", "Note it")
	tr.reads("came true: Engineer")
	tr.clicks(".saved summary", "Correct it")
	tr.fills(".saved select", "Nurse")
	tr.clicks(".saved form button", "Note it")
	tr.reads("came true: Nurse", "What came true of 1 prediction")
	tr.sees("corrected")
	tr.drops("many.csv", "who,text\nAda,5 years of compilers and databases and servers\nBo,12 years of steel and welding and pipes\n")
	tr.b.Wait("document.querySelectorAll('.sheet tbody tr').length === 2")
	assert.Equal(tr.t, []string{"Engineer", "Welder"}, browsertest.Ask[[]string](tr.b, "[...document.querySelectorAll('.sheet tbody tr')].map(r => r.querySelector('td.answered').firstChild.textContent)"))
	tr.sees("table")
	tr.clicks(".sheet .sort", "job")
	tr.b.Wait("document.readyState === 'complete' && !!document.querySelector('.sheet th[aria-sort]')")
	tr.clicks(".sheet tbody a", "2")
	tr.reads("What it says of row 2 of many.csv")
	tr.sees("row")
	tr.b.Visit(tr.url + "/pipelines/jobs/training")
	tr.b.Wait("!!document.querySelector('[aria-label^=\"Confusion matrix\"] a[href*=\"/rows?\"]')")
	tr.clicks(".shown a.button", "row by row")
	tr.reads("The rows that were held out")
	tr.b.Visit(tr.url + browsertest.Ask[string](tr.b, "location.pathname + '?stage=evaluate&actual=Nurse&predicted=Nurse'"))
	tr.reads("of Nurse, taken for what they are")
	tr.sees("rows")
}

// analyst starts a run, watches it, stops it, starts another, compares, promotes, and
// rolls back.
func (tr *traveller) analyst() {
	tr.runs("stones")
	tr.serves("stones")
	tr.signsIn()
	start := func(params ...string) {
		tr.b.Visit(tr.url + "/runs/new?pipeline=stones")
		for i := 0; i < len(params); i += 2 {
			tr.fills("input[name='param."+params[i]+"']", params[i+1])
		}
		tr.clicks("main button.primary", "Start")
		tr.b.Wait("document.readyState === 'complete' && location.pathname.startsWith('/runs/2')")
	}
	start("pause", "300")
	tr.reads("pause", "running", "waits for")
	tr.sees("watched")
	tr.clicks("#run button", "Stop the run")
	tr.reads("stopped")
	tr.sees("stopped")
	start("rounds", "60", "train.with.params.max_depth", "4")
	tr.b.Wait("document.querySelector('#run .badge').textContent.includes('succeeded')")
	tr.reads("How good they are")
	tr.sees("ended")
	tr.b.Visit(tr.url + "/runs?pipeline=stones&status=succeeded")
	tr.reads("MAE")
	tr.sees("runs")
	browsertest.Ask[any](tr.b, "document.querySelectorAll('.runs input[type=checkbox]').forEach(e => { e.checked = true })")
	tr.clicks("main form button", "Compare")
	tr.reads("Two runs compared", "rounds", "train.with.params.max_depth")
	tr.sees("compared")
	tr.b.Visit(tr.url + "/models/stones")
	tr.sees("model")
	champion := browsertest.Ask[int](tr.b, "Number(document.querySelector('.versions tr.best th').textContent)")
	tr.clicks(".versions a.button", "Promote")
	tr.reads("answers now")
	tr.sees("promote")
	tr.fills("#reason", "it is what we want")
	tr.clicks("main button.primary", "Promote")
	tr.reads("The champion has changed", "it is what we want")
	assert.Equal(tr.t, 3-champion, browsertest.Ask[int](tr.b, "Number(document.querySelector('.versions tr.best th').textContent)"))
	tr.sees("promoted")
	tr.clicks("main a.button", "Roll back")
	tr.reads("Roll back to version")
	tr.clicks("main button.primary", "Roll back")
	tr.reads("The champion is the one before again")
	assert.Equal(tr.t, champion, browsertest.Ask[int](tr.b, "Number(document.querySelector('.versions tr.best th').textContent)"))
	tr.sees("rolled-back")
}
