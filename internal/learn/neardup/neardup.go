// Package neardup finds texts that nearly repeat one another: the same resume
// sent twice with another date, the same article with another headline.
//
// A text is the set of its runs of five words. Texts are compared whose MinHash
// signatures agree in a band (locality-sensitive hashing), and then exactly, by
// the share of runs that they have in common (the Jaccard index).
//
// Source: Broder, "On the resemblance and containment of documents", 1997;
// Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3.
package neardup

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"labbook/internal/base/parallel"
)

// Pair is two texts, by their places, and the share of runs in common.
type Pair struct {
	First  int     `json:"first"`
	Second int     `json:"second"`
	Alike  float64 `json:"alike"`
}

// The signature: bands of a few hashes. A pair that is four fifths alike agrees
// in one with a probability of .99998, one that is a fifth alike with .03.
const (
	bands = 20
	width = 4
	run   = 5 // words
)

// Find gives the pairs of texts that are at least so much alike, each text with
// the first that it repeats, ordered by Second. Texts of fewer than five words
// are left out. The result does not depend on cores.
func Find(texts []string, alike float64, cores int) []Pair {
	sets := make([][]uint64, len(texts))
	signatures := make([][bands]uint64, len(texts))
	parallel.Each(cores, len(texts), func(i int) {
		sets[i] = runs(texts[i])
		signatures[i] = sign(sets[i])
	})
	var pairs []Pair
	buckets := make([]map[uint64][]int32, bands)
	for b := range buckets {
		buckets[b] = map[uint64][]int32{}
	}
	for i := range texts {
		if len(sets[i]) == 0 {
			continue
		}
		var candidates []int32
		for b, key := range signatures[i] {
			candidates = append(candidates, buckets[b][key]...)
		}
		slices.Sort(candidates)
		repeats := false
		for _, j := range slices.Compact(candidates) {
			if share := jaccard(sets[i], sets[j]); share >= alike {
				pairs = append(pairs, Pair{int(j), i, share})
				repeats = true
				break
			}
		}
		if repeats {
			continue // whoever repeats this one repeats the first
		}
		for b, key := range signatures[i] {
			buckets[b][key] = append(buckets[b][key], int32(i))
		}
	}
	return pairs
}

// Groups gives the texts that belong together by pairs that Find gave: each list
// ascending, the lists by their first.
func Groups(pairs []Pair) [][]int {
	at := map[int]int{} // the list of a text
	var groups [][]int
	for _, p := range pairs {
		k, known := at[p.First]
		if !known {
			k = len(groups)
			groups = append(groups, []int{p.First})
		}
		groups[k] = append(groups[k], p.Second)
		at[p.First], at[p.Second] = k, k
	}
	for _, g := range groups {
		slices.Sort(g)
	}
	slices.SortFunc(groups, func(a, b []int) int { return a[0] - b[0] })
	return groups
}

// runs gives the hashes of a text's runs of words, ascending, each once. Case
// and what is no letter or digit do not count.
func runs(text string) []uint64 {
	var words []uint64
	word, hash := false, fnv.New64a()
	end := func() {
		if word {
			words = append(words, hash.Sum64())
			hash.Reset()
			word = false
		}
	}
	var b [utf8.UTFMax]byte
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			end()
			continue
		}
		word = true
		hash.Write(b[:utf8.EncodeRune(b[:], unicode.ToLower(r))])
	}
	end()
	if len(words) < run {
		return nil
	}
	set := make([]uint64, 0, len(words))
	for i := range words[:len(words)-run+1] {
		h := uint64(0)
		for _, w := range words[i : i+run] {
			h = mix(h ^ w)
		}
		set = append(set, h)
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// sign gives the bands of the MinHash signature, each hashed to one number.
func sign(set []uint64) (signature [bands]uint64) {
	for b := range signature {
		h := uint64(0)
		for k := range width {
			salt, least := mix(uint64(b*width+k)+1), uint64(math.MaxUint64)
			for _, s := range set {
				least = min(least, mix(s^salt))
			}
			h = mix(h ^ least)
		}
		signature[b] = h
	}
	return signature
}

// jaccard gives the share of two ascending sets that both have.
func jaccard(a, b []uint64) float64 {
	common, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch cmp.Compare(a[i], b[j]) {
		case 0:
			common, i, j = common+1, i+1, j+1
		case -1:
			i++
		default:
			j++
		}
	}
	return float64(common) / float64(len(a)+len(b)-common)
}

// mix is the finaliser of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
