package main

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"labbook/bench/shipped"
)

// documents are texts with their labels.
type documents struct {
	Texts  []string `json:"texts"`
	Labels []string `json:"labels"`
}

func (d *documents) classes() []string {
	return slices.Compact(slices.Sorted(slices.Values(d.Labels)))
}

// load gives a corpus's training and test part, a seeded 80/20 split.
func load(corpus string) (train, test *documents, err error) {
	var all *documents
	switch corpus {
	case "short":
		all = short(20000)
	case "shipped":
		all = &documents{}
		all.Texts, all.Labels, err = shipped.Resumes()
	default:
		all, err = read(corpus)
	}
	if err != nil {
		return nil, nil, err
	}
	train, test = &documents{}, &documents{}
	order := rand.New(rand.NewPCG(42, 0)).Perm(len(all.Texts))
	for place, i := range order {
		part := train
		if place < len(order)/5 {
			part = test
		}
		part.Texts, part.Labels = append(part.Texts, all.Texts[i]), append(part.Labels, all.Labels[i])
	}
	return train, test, nil
}

func read(path string) (*documents, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	records, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	text, label := slices.Index(records[0], "resume"), slices.Index(records[0], "label")
	if text < 0 {
		text = slices.Index(records[0], "text")
	}
	if text < 0 || label < 0 {
		return nil, fmt.Errorf("%s: found the columns %q, wanted resume (or text) and label", path, records[0])
	}
	d := &documents{}
	for _, r := range records[1:] {
		d.Texts, d.Labels = append(d.Texts, r[text]), append(d.Labels, r[label])
	}
	return d, nil
}

// short makes n documents of 5 to 40 words with 10 labels: Zipf-distributed
// words, each label with its own few that are more likely.
func short(n int) *documents {
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.1, 4, 60000)
	d := &documents{}
	for range n {
		label := random.IntN(10)
		words := make([]string, 5+random.IntN(36))
		for i := range words {
			w := zipf.Uint64()
			if random.Float64() < .12 {
				w = uint64(label*97) + zipf.Uint64()%300
			}
			words[i] = word(w)
		}
		if random.Float64() < .08 {
			label = random.IntN(10)
		}
		d.Texts, d.Labels = append(d.Texts, strings.Join(words, " ")), append(d.Labels, fmt.Sprint("label ", label))
	}
	return d
}

// word spells a number with syllables.
func word(n uint64) string {
	const consonants, vowels = "bcdfghklmnprstvw", "aeiou"
	var b strings.Builder
	for n += 80; n > 0; n /= 80 {
		b.WriteByte(consonants[n%16])
		b.WriteByte(vowels[n%80/16])
	}
	return b.String()
}

// score gives accuracy and weighted F1 of the most probable classes.
func score(classes, actual []string, probabilities []float64) (accuracy, f1 float64) {
	k := len(classes)
	right, said, is := make([]float64, k), make([]float64, k), make([]float64, k)
	for i, label := range actual {
		row, best := probabilities[i*k:(i+1)*k], 0
		for c, p := range row {
			if p > row[best] {
				best = c
			}
		}
		said[best]++
		if c := slices.Index(classes, label); c >= 0 {
			is[c]++
			if c == best {
				right[c]++
			}
		}
	}
	n := float64(len(actual))
	for c := range classes {
		accuracy += right[c] / n
		if right[c] > 0 {
			f1 += is[c] / n * 2 * right[c] / (said[c] + is[c])
		}
	}
	return accuracy, f1
}
