package corpus

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// writer writes one document.
type writer struct {
	*compiled
	options *Options
	rand    *rand.Rand
	label   int // it is written for

	own   map[string]float64 // per list: share of the entries that are the label's own
	whole bool               // draw from whole lists: a name is being made up
	about int                // the label that the part being written is about
	topic int                // and its topic
	pools map[pool][]template
	out   strings.Builder
}

// pool names the entries of a list that a document uses in parts about a label
// or a topic.
type pool struct {
	list  string
	about int // -1 for lists common to all
}

func (w *writer) document() string {
	w.own = map[string]float64{}
	for _, list := range slices.Sorted(maps.Keys(w.labels[0])) {
		w.own[list] = w.between(w.share(list))
	}
	w.pools = map[pool][]template{}
	length := int(math.Exp(w.between([]float64{math.Log(w.options.Length[0]), math.Log(w.options.Length[1])})))
	w.about = w.label
	subject := 0
	if n := len(w.topics); n > 0 {
		subject = w.rand.IntN(n)
	}
	w.topic = subject
	w.fill(w.pick(head))
	end := w.out.Len()
	for first := true; first || w.out.Len()+(w.out.Len()-end) < length; first = false {
		end = w.out.Len() // a part as long as the last one must fit
		w.about = w.label
		if s := w.siblings[w.label]; !first && len(s) > 0 && w.rand.Float64() < w.options.Change {
			w.about = s[w.rand.IntN(len(s))]
		}
		w.topic = subject
		if n := len(w.topics); !first && n > 0 && w.rand.Float64() < w.options.Wander {
			w.topic = w.rand.IntN(n)
		}
		w.fill(w.pick(body))
	}
	w.about, w.topic = w.label, subject
	w.fill(w.pick(tail))
	return w.out.String()
}

// given is the label that the document is given: with some chance a wrong one,
// three times in four a sibling's.
func (w *writer) given() int {
	if len(w.labels) == 1 || w.rand.Float64() >= w.options.Noise {
		return w.label
	}
	if s := w.siblings[w.label]; len(s) > 0 && w.rand.Float64() < 0.75 {
		return s[w.rand.IntN(len(s))]
	}
	return (w.label + 1 + w.rand.IntN(len(w.labels)-1)) % len(w.labels)
}

// share gives the range of a list's own share.
func (w *writer) share(list string) []float64 {
	if r, ok := w.options.Lists[list]; ok {
		return r
	}
	return w.options.Own
}

// between draws from a range.
func (w *writer) between(r []float64) float64 { return r[0] + (r[1]-r[0])*w.rand.Float64() }

// fill writes a template.
func (w *writer) fill(t template) {
	for _, p := range t {
		switch {
		case p.number:
			w.out.WriteString(strconv.Itoa(p.low + w.rand.IntN(p.high-p.low+1)))
		case p.list == "":
			w.out.WriteString(p.text)
		default:
			for i, entry := range w.draw(p.list, p.low+w.rand.IntN(p.high-p.low+1)) {
				if i > 0 {
					w.out.WriteString(p.between)
				}
				w.entry(entry, p.capital)
			}
		}
	}
}

func (w *writer) entry(t template, capital bool) {
	if !capital {
		w.fill(t)
		return
	}
	inner := *w
	inner.out = strings.Builder{}
	inner.fill(t)
	s := inner.out.String()
	r, size := utf8.DecodeRuneInString(s)
	w.out.WriteRune(unicode.ToUpper(r))
	w.out.WriteString(s[size:])
}

func (w *writer) pick(list string) template { return w.draw(list, 1)[0] }

// draw gives n different entries of the document's pool of a list, fewer where
// it has no more. The first of the pool are drawn most: the weight of entry k
// is 1/(k+2).
func (w *writer) draw(list string, n int) []template {
	entries := w.pool(list)
	weights, total := make([]float64, len(entries)), 0.0
	for k := range weights {
		weights[k] = 1 / float64(k+2)
		total += weights[k]
	}
	drawn := make([]template, 0, n)
	for range min(n, len(entries)) {
		r, k := w.rand.Float64()*total, 0
		for ; k < len(weights)-1 && (r >= weights[k] || weights[k] == 0); k++ {
			r -= weights[k]
		}
		for weights[k] == 0 { // rounding ran past the last that is left
			k--
		}
		drawn = append(drawn, entries[k])
		total -= weights[k]
		weights[k] = 0
	}
	return drawn
}

// pool gives the entries of a list that the document uses, chosen when it is
// first needed: of a label's list some of its own, some of a sibling's and some
// of any label's; of names some that are made up for it.
func (w *writer) pool(list string) []template {
	key, all := pool{list, -1}, w.common[list]
	if all == nil {
		all = w.names[list]
	}
	if w.whole && all != nil {
		return all
	}
	if _, ok := w.labels[0][list]; ok {
		key.about = w.about
	} else if all == nil {
		key.about, all = w.topic, w.topics[w.topic][list]
	}
	if entries, ok := w.pools[key]; ok {
		return entries
	}
	size := w.options.Pool[0] + w.rand.IntN(w.options.Pool[1]-w.options.Pool[0]+1)
	var entries []template
	switch {
	case all == nil:
		entries = w.mixture(list, size)
	case w.names[list] != nil:
		entries = w.invent(all, size)
	default:
		for _, i := range w.rand.Perm(len(all))[:min(size, len(all))] {
			entries = append(entries, all[i])
		}
	}
	w.pools[key] = entries
	return entries
}

func (w *writer) mixture(list string, size int) []template {
	type place struct{ label, entry int }
	seen := map[place]bool{}
	var entries []template
	for range 4 * size { // entries may repeat, and labels may have few
		from := w.about
		if w.rand.Float64() >= w.own[list] {
			from = w.rand.IntN(len(w.labels))
			if s := w.siblings[w.about]; len(s) > 0 && w.rand.Float64() < w.options.Sibling {
				from = s[w.rand.IntN(len(s))]
			}
		}
		at := place{from, w.rand.IntN(len(w.labels[from][list]))}
		if seen[at] {
			continue
		}
		seen[at] = true
		if entries = append(entries, w.labels[from][list][at.entry]); len(entries) == size {
			break
		}
	}
	return entries
}

// invent makes up n names.
func (w *writer) invent(forms []template, n int) []template {
	inner := *w
	inner.whole = true
	names := make([]template, n)
	for i := range names {
		inner.out = strings.Builder{}
		inner.fill(forms[w.rand.IntN(len(forms))])
		names[i] = template{{text: inner.out.String()}}
	}
	return names
}
