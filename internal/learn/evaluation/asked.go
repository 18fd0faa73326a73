package evaluation

import "labbook/internal/data/metrics"

// askedRows is of how many rows at most a model is asked that is made only to be
// compared: whatever there are more would cost as much as making it.
const askedRows = 50_000

// asked gives at most n of the rows judged on, evenly. The leader's is their only sample.
func (j *Judgement) asked(n int) ground {
	g, lead := j.ground, j.Samples[j.Lead()]
	all := g.Table.Rows()
	if all <= n {
		g.Samples = []*metrics.Sample{lead}
		return g
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = int(int64(i) * int64(all) / int64(n))
	}
	return ground{Table: g.Table.Take(rows), Samples: []*metrics.Sample{lead.Take(rows)}, units: g.units.Take(rows)}
}
