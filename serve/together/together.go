// Package together predicts in one go what is asked for at the same time.
package together

import (
	"errors"
	"runtime"

	"labbook/internal/data/table"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// Group predicts in one go the rows that are asked for at the same time:
// steps down the trees overlap for eight rows where they wait for memory for
// one, so that a busy server does several times as much. A row's prediction
// does not depend on the others, so nobody can tell but by the clock.
//
// Whoever asks joins the queue, and then waits for an answer or for the lead.
// The leader takes what waits, predicts it, and passes the lead on.
type Group struct {
	bundle *bundle.Bundle
	queue  chan *joined
	lead   chan struct{} // holds the lead while nobody has it
}

// mostTogether bounds the rows of one go.
const mostTogether = 32

// joined is a row in the queue.
type joined struct {
	row  *table.Table
	said *bundle.Predictions // nil: it has to be asked alone
	err  error               // of a model that answers nobody now
	done chan struct{}
}

// New makes a group for a model.
func New(b *bundle.Bundle) *Group {
	g := &Group{bundle: b, queue: make(chan *joined, mostTogether), lead: make(chan struct{}, 1)}
	g.lead <- struct{}{}
	return g
}

// Predict predicts a table of one row whose levels are those of training.
func (g *Group) Predict(row *table.Table) (*bundle.Predictions, error) {
	j := &joined{row: row, done: make(chan struct{}, 1)}
	for queued := false; ; {
		queue := g.queue
		if queued {
			queue = nil
		}
		select {
		case queue <- j:
			queued = true
			continue
		default:
		}
		select {
		case queue <- j:
			queued = true
		case <-j.done:
			if j.said != nil || j.err != nil {
				return j.said, j.err
			}
			return g.bundle.Answer(row)
		case <-g.lead:
			g.gather()
			g.answer()
		}
	}
}

// gather lets those who are about to join do so, for as long as any does.
func (g *Group) gather() {
	for before := -1; before < len(g.queue) && len(g.queue) < mostTogether; runtime.Gosched() {
		before = len(g.queue)
	}
}

// answer predicts what waits, and passes the lead on, even from a panic: then
// the others ask alone.
func (g *Group) answer() {
	var batch []*joined
	defer func() {
		for _, j := range batch {
			j.done <- struct{}{}
		}
		g.lead <- struct{}{}
	}()
	for len(batch) < mostTogether {
		select {
		case j := <-g.queue:
			batch = append(batch, j)
			continue
		default:
		}
		break
	}
	if len(batch) > 1 {
		g.answerAll(batch)
	}
}

// answerAll predicts several rows. When something is to be said about one of
// them, each is asked alone.
func (g *Group) answerAll(batch []*joined) {
	p, err := g.bundle.Answer(joinRows(batch))
	if gone := (*estimator.Unavailable)(nil); errors.As(err, &gone) {
		for _, j := range batch {
			j.err = err
		}
		return
	}
	if err != nil || len(p.Warnings) > 0 {
		return
	}
	for i, j := range batch {
		one := &bundle.Predictions{Task: p.Task, Values: p.Values[i : i+1], Level: p.Level, Classes: p.Classes}
		if p.Low != nil {
			one.Low, one.High = p.Low[i:i+1], p.High[i:i+1]
		}
		if p.Classes != nil {
			one.Probabilities = p.Row(i)
		}
		if p.Sets != nil {
			one.Sets = p.Set(i)
		}
		if p.Abstained != nil {
			one.Abstained = p.Abstained[i : i+1]
		}
		j.said = one
	}
}

// joinRows gives the rows as one table.
func joinRows(batch []*joined) *table.Table {
	columns := make([]*table.Column, len(batch[0].row.Columns))
	for k, first := range batch[0].row.Columns {
		c := &table.Column{Field: first.Field}
		for _, j := range batch {
			from := j.row.Columns[k]
			c.Num, c.Codes, c.Texts = append(c.Num, from.Num...), append(c.Codes, from.Codes...), append(c.Texts, from.Texts...)
		}
		columns[k] = c
	}
	return table.New(columns...)
}
