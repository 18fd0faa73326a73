package pages

import (
	"html/template"
	"slices"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/store/requests"
)

// traffic is how many requests there were in some time, and how long their
// answers took.
type traffic struct {
	Count, Failed, Refused int // 5xx, 4xx
	P50, P95, P99          time.Duration
	From, Until            time.Time
	Rate                   string // requests a second
	Partly                 bool   // there are more than were measured
	Buckets                []bucket
	Figures                []template.HTML // of the buckets, where there are several
}

// bucket is a part of the time.
type bucket struct {
	From          time.Time
	Count, Errors int // of any kind
	P50, P95      time.Duration
}

// maxBuckets is how many parts the time is divided into at most.
const maxBuckets = 48

// newTraffic measures requests, given the oldest first; nil when there are
// none. partly says that there are older ones.
func newTraffic(all []requests.Timing, partly bool) (*traffic, error) {
	if len(all) == 0 {
		return nil, nil
	}
	t := &traffic{Count: len(all), From: all[0].Time, Until: all[len(all)-1].Time, Partly: partly}
	took := make([]time.Duration, len(all))
	for i, r := range all {
		took[i] = r.Latency
		switch {
		case r.Status >= 500:
			t.Failed++
		case r.Status >= 400:
			t.Refused++
		}
	}
	t.P50, t.P95, t.P99 = percentiles(took)
	if seconds := t.Until.Sub(t.From).Seconds(); seconds > 0 && len(all) > 1 {
		t.Rate = human.Digits(float64(len(all)-1)/seconds, 2)
	}
	t.Buckets = buckets(all)
	var err error
	t.Figures, err = drawTraffic(t)
	return t, err
}

// percentiles gives the medians and the upper ones, by nearest rank. It sorts
// what it is given.
func percentiles(took []time.Duration) (p50, p95, p99 time.Duration) {
	if len(took) == 0 {
		return 0, 0, 0
	}
	slices.Sort(took)
	at := func(percent int) time.Duration { return took[(len(took)*percent+99)/100-1] }
	return at(50), at(95), at(99)
}

// buckets divides the time into parts of equal length, round to people.
func buckets(all []requests.Timing) []bucket {
	from, until := all[0].Time, all[len(all)-1].Time
	step := roundStep(until.Sub(from) / maxBuckets)
	start := from.Truncate(step)
	n := int(until.Sub(start)/step) + 1
	out := make([]bucket, n)
	took := make([][]time.Duration, n)
	for _, r := range all {
		k := min(max(int(r.Time.Sub(start)/step), 0), n-1)
		out[k].Count++
		took[k] = append(took[k], r.Latency)
		if r.Status >= 400 {
			out[k].Errors++
		}
	}
	for k := range out {
		out[k].From = start.Add(time.Duration(k) * step)
		out[k].P50, out[k].P95, _ = percentiles(took[k])
	}
	return out
}

// roundStep gives the next longer time that clocks are divided into.
func roundStep(d time.Duration) time.Duration {
	for _, step := range []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
		10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	} {
		if d <= step {
			return step
		}
	}
	return d.Truncate(24*time.Hour) + 24*time.Hour
}

// latency writes how long an answer took, with the digits that matter.
func latency(d time.Duration) string {
	if d >= time.Millisecond && d < 100*time.Millisecond {
		return human.Digits(float64(d.Microseconds())/1000, 2) + " ms"
	}
	return human.Duration(d)
}
