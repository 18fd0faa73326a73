package ledger

import (
	"context"
	"encoding/json"
	"math"

	"labbook/internal/data/record"
)

// PutTrial records a trial; one of the same study and number is replaced.
func (db *DB) PutTrial(t *record.Trial) error {
	return db.change(func(tx *tx) error {
		value := any(number{&t.Value})
		if t.State != record.TrialComplete {
			value = nil
		}
		_, err := tx.exec("trial_put",
			named("study", t.Study), named("number", t.Number), named("params", string(t.Params)),
			named("state", string(t.State)), named("value", value), named("intermediate", encoded{scores(t.Intermediate)}),
			named("started", at(&t.Started)), named("ended", at(&t.Ended)), named("run", t.Run))
		return err
	})
}

// Trials gives the trials of a study by number: what a search that was killed
// resumes from. Those still marked running are to be run again.
func (db *DB) Trials(ctx context.Context, study string) ([]*record.Trial, error) {
	return list(ctx, db, "trial_list", func(row scanner) (*record.Trial, error) {
		var t record.Trial
		var params string
		err := row.Scan(&t.Study, &t.Number, &params, &t.State, number{&t.Value},
			encoded{(*scores)(&t.Intermediate)}, at(&t.Started), at(&t.Ended), &t.Run)
		t.Params = json.RawMessage(params)
		if t.State != record.TrialComplete {
			t.Value = 0
		}
		return &t, err
	}, named("study", study))
}

// scores are numbers whose JSON has null for NaN.
type scores []float64

// MarshalJSON implements json.Marshaler.
func (s scores) MarshalJSON() ([]byte, error) {
	values := make([]*float64, len(s))
	for i := range s {
		if !math.IsNaN(s[i]) {
			values[i] = &s[i]
		}
	}
	return json.Marshal(values)
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *scores) UnmarshalJSON(text []byte) error {
	var values []*float64
	if err := json.Unmarshal(text, &values); err != nil {
		return err
	}
	*s = nil
	for _, v := range values {
		if v == nil {
			*s = append(*s, math.NaN())
			continue
		}
		*s = append(*s, *v)
	}
	return nil
}
