package pipeline

import (
	"time"
	_ "time/tzdata" // zones mean the same on machines without them

	"labbook/internal/base/cron"
	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
)

// Schedule says when a pipeline is due.
type Schedule struct {
	At, Zone string
	// CatchUp says that what is later than Late is done, once for all that was missed.
	CatchUp bool
	// Queue says that what is due while the pipeline runs is done after that, not left out.
	Queue bool

	times *cron.Times
}

// Late is how late something may begin that is not to be caught up with.
const Late = 10 * time.Minute

// SetBack says that the clock was set back since somebody saw to all that was due until
// last: else nothing would be due until it comes there again. The clocks of servers
// that share a ledger differ by less than the hour that is wanted for it.
func SetBack(last, now time.Time) bool { return last.Sub(now) > time.Hour }

// Next gives the first time after that one at which the pipeline is due.
func (s *Schedule) Next(after time.Time) time.Time { return s.times.Next(after) }

// Words say when the pipeline is next due.
func (s *Schedule) Words(now time.Time) string {
	return "next " + s.Next(now).Format("2006-01-02 15:04 MST") + " (" + s.At + ")"
}

// Due gives a time after last and not after now at which the pipeline was due: the
// last one where that is of this hour, and else the first. The zero time says that
// there is none.
func (s *Schedule) Due(last, now time.Time) (due time.Time) {
	hour := now.Add(-time.Hour)
	if next := s.Next(last); !next.IsZero() && next.Before(hour) {
		due, last = next, hour
	}
	for next := s.Next(last); !next.IsZero() && !next.After(now); next = s.Next(next) {
		due = next
	}
	return due
}

// scheduleDecl is what a schedule may hold.
type scheduleDecl struct {
	At      string `yaml:"at" doc:"Minute, hour, day, month, day of the week, as of cron."`
	Zone    string `yaml:"zone" doc:"Zone of the clock, such as Europe/Berlin."`
	CatchUp string `yaml:"catch_up" enum:"once|none" doc:"What was missed by more than ten minutes is run once, or not."`
	Overlap string `yaml:"overlap" enum:"skip|queue" doc:"What is due while the pipeline runs is left out, or run after that."`
}

// schedule is a Schedule in the file.
type schedule struct{ *Schedule }

// UnmarshalTree implements params.Unmarshaler.
func (s *schedule) UnmarshalTree(n *tree.Node) error {
	d := scheduleDecl{Zone: "UTC", CatchUp: "once", Overlap: "skip"}
	if n.Kind == tree.Scalar {
		d.At = n.Text
	} else if err := params.DecodeAt("schedule", n, &d); err != nil {
		return err
	}
	made := &Schedule{At: d.At, Zone: d.Zone, CatchUp: d.CatchUp == "once", Queue: d.Overlap == "queue"}
	if err := made.parse(); err != nil {
		e := n.Fault(err.Error())
		e.Wanted, e.Hint = "minute, hour, day, month and day of the week", `write schedule: "0 6 * * *", for every day at six`
		return e
	}
	s.Schedule = made
	return nil
}

func (s *Schedule) parse() error {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil || s.Zone == "" || s.Zone == "Local" {
		return diag.New("there is no zone "+s.Zone, "")
	}
	s.times, err = cron.Parse(s.At, zone)
	return err
}

func (w *encoder) schedule(s *Schedule) {
	if w.Bool(s != nil); s != nil {
		w.Text(s.At)
		w.Text(s.Zone)
		w.Bool(s.CatchUp)
		w.Bool(s.Queue)
	}
}

func (r *decoder) schedule() *Schedule {
	if !r.Bool() {
		return nil
	}
	s := &Schedule{At: r.Text(), Zone: r.Text(), CatchUp: r.Bool(), Queue: r.Bool()}
	if r.Failed() || s.parse() != nil {
		r.Fail()
		return nil
	}
	return s
}
