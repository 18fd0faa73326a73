package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/rows"
	"labbook/serve/batch"
	"labbook/serve/refusal"
)

// pieceBytes is about how much text is predicted in a turn.
const pieceBytes = 1 << 20

// batchWork is what is known of a batch while it is worked at.
type batchWork struct {
	*batches
	job    *batch.Batch
	made   *Endpoint
	pieces *rows.Pieces
	result *batch.ResultWriter
	told   time.Time
	faults *jsonrow.Faults
	wrong  int            // rows without a prediction
	known  map[string]int // the warning of each kind and field
}

func (w *batchWork) drop() {
	if w.result != nil {
		w.result.Drop()
	}
}

// piece predicts the next piece. After a fault rows are only read, so that all faults
// are told at once.
func (w *batchWork) piece() error {
	f := w.made.Features()
	asked, err := w.pieces.Next(f.Inputs, append(w.made.unread(), f.Target.Name)...)
	if errors.Is(err, io.EOF) {
		return err
	}
	if err != nil && !w.pieces.OfRows(err) {
		return unfoldProblem(err)
	}
	if err != nil {
		w.blame(csvProblem(err))
		return nil
	}
	for _, remark := range asked.Remarks {
		w.warn("read ", remark)
	}
	w.job.Rows += asked.Table.Rows()
	if len(w.faults.List) > 0 {
		return nil
	}
	p, err := w.made.model.bundle.Answer(asked.Table)
	if err != nil {
		err = unanswered(err, asked.Place)
		var rows *jsonrow.Faults
		if errors.As(err, &rows) {
			w.blame(err)
			w.wrong += len(rows.List) + rows.More
			return nil
		}
		return err
	}
	for _, warning := range w.made.warnings(asked.Table, p) {
		w.warn("model ", warning)
	}
	answers := w.made.answersOf(p)
	if w.result == nil {
		if err := w.begin(asked, answers); err != nil {
			return err
		}
	}
	if err := asked.Each(answers, w.result.Record); err != nil {
		return unstored(err)
	}
	return nil
}

// begin begins the result.
func (w *batchWork) begin(asked *rows.Rows, answers *rows.Answers) (err error) {
	header := asked.Header(answers)
	for i, name := range header {
		if slices.Contains(header[:i], name) {
			return unfoldProblem(&diag.Error{File: "body", Line: 1, What: "has a column that the answer is to have", Found: name, Hint: "rename it, or leave it out"})
		}
	}
	if w.result, err = w.store.NewResult(w.job, header, asked.Delimiter()); err != nil {
		return unstored(err)
	}
	return nil
}

// blame adds faults of rows.
func (w *batchWork) blame(err error) {
	var more *jsonrow.Faults
	if errors.As(err, &more) {
		n := min(len(more.List), refusal.Most-len(w.faults.List))
		w.faults.List = append(w.faults.List, more.List[:n]...)
	}
}

// warn adds a warning: the first of each kind and field, with how many rows there are
// such.
func (w *batchWork) warn(kind string, f notebook.Finding) {
	if at, met := w.known[kind+f.Column]; met {
		w.job.Warnings[at].Rows += f.Count
		return
	}
	w.known[kind+f.Column] = len(w.job.Warnings)
	w.job.Warnings = append(w.job.Warnings, batch.Warning{Field: f.Column, Message: f.Text, Rows: f.Count})
}

// progress writes how far it is, at most once a second.
func (w *batchWork) progress() error {
	if time.Since(w.told) < time.Second {
		return nil
	}
	w.told, w.job.Share = time.Now(), min(1, w.pieces.Done())
	err := w.store.Put(w.job)
	if err != nil && !errors.Is(err, batch.ErrGone) { // it is told later, or the end is not
		w.server.options.Log.Error("how far a batch is cannot be kept", "batch", w.job.ID, "error", err)
		return nil
	}
	return err
}

// end makes the result durable, or says which rows are wrong.
func (w *batchWork) end(ctx context.Context) error {
	if len(w.faults.List) > 0 {
		wrong := w.pieces.Wrong() + w.wrong
		w.faults.More = max(0, wrong-len(w.faults.List))
		p := *problemOf(w.faults)
		p.Detail = fmt.Sprintf("%s cannot be predicted, so none is answered: %s", human.Count(max(wrong, len(w.faults.List)), "row"), w.faults.Error())
		return &p
	}
	result, err := w.result.Close()
	if err != nil {
		return unstored(err)
	}
	if err := w.insist(ctx, w.job, func() error { return w.store.Send(w.job, result) }); err != nil {
		return err
	}
	if err := w.store.Put(w.job); err != nil { // another may have begun it anew
		return err
	}
	w.result = nil
	w.job.Result, w.job.Share = result, 1
	return nil
}
