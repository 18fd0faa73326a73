package record

import "time"

// Progress is how far a running stage is with what it counts.
type Progress struct {
	Step  string    `json:"step"` // what it is at
	Done  int64     `json:"done"`
	Total int64     `json:"total"` // 0: not known
	Unit  string    `json:"unit"`  // a plural noun
	Began time.Time `json:"began"` // when it began to count
	At    time.Time `json:"at"`    // when it came so far
}

// Advance notes how far it is. Counting has begun anew where it is of something
// else, or of less; another step alone may be one of those that are counted.
func (p *Progress) Advance(at time.Time, step string, done, total int64, unit string) {
	if p.Unit != unit || p.Total != total || done < p.Done || total == 0 && step != p.Step || p.Began.IsZero() {
		p.Began = at
	}
	p.Step, p.Done, p.Total, p.Unit, p.At = step, done, total, unit, at
}

// Left estimates what is left at a time, and how much is done a second; false where
// nothing can be said yet.
func (p *Progress) Left(now time.Time) (left time.Duration, rate float64, ok bool) {
	spent := now.Sub(p.Began)
	if p.Total <= 0 || p.Done <= 0 || spent <= time.Second {
		return 0, 0, false
	}
	rate = float64(p.Done) / spent.Seconds()
	return time.Duration(float64(max(0, p.Total-p.Done)) / rate * float64(time.Second)), rate, true
}
