package table

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"

	"labbook/internal/base/parallel"
)

// Digest is what a row says, in 128 bits: equal for rows with equal values
// under equal column names, whatever the order of the columns, the numbering
// of the levels, the other rows and the machine. It is what a split and the
// search for duplicates go by, so changing it moves rows between the parts of
// a split: its values are kept by a test.
//
// It is the sum, lane by lane, of a hash per value that depends on the
// column's name and on
//   - a number or date: its float64 bits, -0 taken as 0;
//   - a category or text: the SHA-256 of the string, so that both give the same.
//
// A missing value adds nothing.
type Digest [2]uint64

// Digests gives the digest of every row.
func Digests(t *Table, cores int) []Digest {
	rows := make([]Digest, t.rows)
	digest(t, cores, func(from int, of []Digest) { copy(rows[from:], of) })
	return rows
}

// digestRows is how many rows have their digests in the cache at a time.
const digestRows = 2048

// digest gives take the digests of some rows at a time, the first of which is at from,
// several times at once; it must not keep them.
func digest(t *Table, cores int, take func(from int, of []Digest)) {
	seeds, levels := make([]Digest, len(t.Columns)), make([][]Digest, len(t.Columns))
	for k, c := range t.Columns {
		seeds[k] = stringDigest(c.Name)
		if c.Type == Category {
			for _, l := range c.Levels {
				levels[k] = append(levels[k], valueDigest(seeds[k], stringDigest(l)))
			}
		}
	}
	parallel.With(context.Background(), cores, (t.rows+digestRows-1)/digestRows, func() []Digest { return make([]Digest, digestRows) }, func(of []Digest, block int) {
		from := block * digestRows
		to := min(from+digestRows, t.rows)
		of = of[:to-from]
		clear(of)
		for k, c := range t.Columns {
			switch seed := seeds[k]; c.Type {
			case Category:
				for i, code := range c.Codes[from:to] {
					if code >= 0 {
						of[i].add(levels[k][code])
					}
				}
			case Text:
				for i, s := range c.Texts[from:to] {
					if s != "" {
						of[i].add(valueDigest(seed, stringDigest(s)))
					}
				}
			default:
				for i, v := range c.Num[from:to] {
					if !math.IsNaN(v) {
						bits := math.Float64bits(v + 0) // -0 + 0 is 0
						of[i].add(valueDigest(seed, Digest{bits, bits}))
					}
				}
			}
		}
		take(from, of)
	})
}

// Uniform gives a number in [0, 1) that depends on the digest and the seed:
// over rows it is uniform, over seeds independent.
func (d Digest) Uniform(seed uint64) float64 {
	return float64(mix(d[0]^mix(d[1]+mix(seed)))>>11) / (1 << 53)
}

func (d *Digest) add(e Digest) {
	d[0] += e[0]
	d[1] += e[1]
}

func stringDigest(s string) Digest {
	sum := sha256.Sum256([]byte(s))
	return Digest{binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])}
}

func valueDigest(seed, value Digest) Digest {
	return Digest{mix(seed[0] ^ mix(value[0])), mix(seed[1] + mix(value[1]^seed[0]))}
}

// mix is the finaliser of SplitMix64, a bijection in which every input bit
// moves every output bit (Steele, Lea, Flood, OOPSLA 2014; Stafford's
// constants, variant 13).
func mix(v uint64) uint64 {
	v += 0x9e3779b97f4a7c15
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}
