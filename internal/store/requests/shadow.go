package requests

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"
)

// Shadow is what a version that nobody hears said of what another was asked.
type Shadow struct {
	Request    string // that was answered by the other
	Pipeline   string
	Model      string
	Version    int
	Time       time.Time
	Prediction string          // that the request saved; "" where none
	Status     int             // 200, or what a client would have been told
	Answer     json.RawMessage // an object, or a list of them; of another status why, as text
}

// shadowBytes is what one counts for in retention by size, besides its answer.
const shadowBytes = 150

// Shadow makes what shadows said durable, in one transaction with what is recorded at the
// same time. No request fails by it.
func (s *Store) Shadow(said []*Shadow) error {
	if len(said) == 0 {
		return nil
	}
	w := newWaiting()
	w.shadows = said
	return s.join(w)
}

// insertShadows adds what shadows said, each once, and gives what it counts for.
func insertShadows(ctx context.Context, tx *sql.Conn, said []*Shadow) (bytes int64, err error) {
	if len(said) == 0 {
		return 0, nil
	}
	columns := []string{"request", "pipeline", "model", "version", "time", "prediction", "status", "answer"}
	insert := insertion("shadow", columns, 1) + " on conflict do nothing"
	for _, one := range said {
		answer := storable(string(one.Answer))
		done, err := tx.ExecContext(ctx, insert, one.Request, one.Pipeline, one.Model, one.Version, one.Time.UnixNano(), one.Prediction, one.Status, answer)
		if err != nil {
			return 0, err
		}
		if n, err := done.RowsAffected(); err == nil && n > 0 && one.Prediction == "" {
			bytes += int64(len(answer)) + shadowBytes
		}
	}
	return bytes, nil
}

// trimShadows removes what was said of requests up to one, but of saved predictions, and
// says what that counted for.
func trimShadows(ctx context.Context, tx *sql.Conn, last string) (freed int64, err error) {
	const which = "from shadow where prediction = '' and request <= $1"
	if err := tx.QueryRowContext(ctx, "select coalesce(sum(octet_length(answer) + 150), 0) "+which, last).Scan(&freed); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, "delete "+which, last)
	return freed, err
}

// Pair is what two versions said of one thing, and what came true of it.
type Pair struct {
	Answer, Shadow, Outcome json.RawMessage
	OutcomeTime             time.Time
}

// Pairs gives the saved predictions of a version of which a shadow said something and the
// outcome is known, in the order in which outcomes were told: the first, at most so many.
func (s *Store) Pairs(ctx context.Context, pipeline, model string, version, shadow, most int) ([]Pair, error) {
	rows, err := s.db.read.QueryContext(ctx, `select p.answer, s.answer, p.outcome, p.outcome_time
from shadow s join prediction p on p.id = s.prediction
where s.pipeline = $1 and s.version = $2 and s.status = 200 and s.prediction <> '' and p.pipeline = $1 and p.model = $3 and s.model = $3 and p.version = $4 and p.outcome is not null
order by p.outcome_time, p.id limit $5`, pipeline, shadow, model, version, most)
	return collect(rows, err, func() (Pair, error) {
		var answer, said, outcome string
		var told int64
		err := rows.Scan(&answer, &said, &outcome, &told)
		return Pair{[]byte(answer), []byte(said), []byte(outcome), time.Unix(0, told).UTC()}, err
	})
}

// mostShadowed is how many answers of a shadow are counted: a page that says so is to be
// there at once.
const mostShadowed = 100_000

// Shadowed gives how many requests a shadow answered, of 100,000 at most, and how many of
// them a client would have been refused.
func (s *Store) Shadowed(ctx context.Context, pipeline string, version int) (answered, refused int, err error) {
	err = s.db.read.QueryRowContext(ctx, `select count(*), coalesce(sum(case when status = 200 then 0 else 1 end), 0) from (
select status from shadow where pipeline = $1 and version = $2 limit $3) as counted`,
		pipeline, version, mostShadowed).Scan(&answered, &refused)
	return answered, refused, err
}
