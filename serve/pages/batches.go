package pages

import (
	"net/http"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/show/status"
)

// Batch is a file that is predicted while nobody waits.
type Batch struct {
	ID, Name, Caller string
	Status           string // queued, running, done or failed
	Model            string
	Version          int
	Created, Ended   time.Time
	Expires          time.Time // zero until it has ended
	Before           int       // of a queued one: how many are before it
	Rows             int
	Share            float64 // of the file that was read
	Size             int64   // of the file, in bytes
	Detail           string  // of a failed one
	Faults           int     // of a failed one: what is wrong
	Warnings         []string
	Record           string // the request that records its end
	Href             string // in the API
	Results          []BatchResult
}

// BatchResult is what came of a batch, in a form.
type BatchResult struct{ Form, Href string }

// State tells how it stands.
func (b *Batch) State() status.Status {
	switch b.Status {
	case "running":
		return status.Status{Class: "running", Word: "running", Sign: "…"}
	case "done":
		return status.Status{Class: "cached", Word: "done", Sign: "✓"}
	case "failed":
		return status.Status{Class: "failed", Word: "failed", Sign: "✕"}
	}
	return status.Status{Class: "skipped", Word: "waiting", Sign: "–"}
}

// How tells how far it is.
func (b *Batch) How() string {
	rows := human.Count(b.Rows, "row")
	switch b.Status {
	case "running":
		return rows + ", " + human.Digits(100*b.Share, 2) + " % of the file"
	case "queued":
		return human.Count(b.Before, "batch") + " before it"
	}
	return rows
}

type batchesView struct {
	frame
	*Pipeline
	Tab, Title string
	Batches    []*Batch
	Taken      bool
}

// batchPages are the pages of batches.
type batchPages struct {
	*site
	pipelines Pipelines
	from      Batches
}

// batches lists the batches of a pipeline.
func (s *batchPages) batches(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	v := &batchesView{frame: s.frame(r, "Batches of "+p.Name, "pipelines"), Pipeline: p, Tab: "batches", Title: "Batches"}
	if v.Batches, v.Taken, err = s.from.Batches(r, p.Name); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "batches", v)
}
