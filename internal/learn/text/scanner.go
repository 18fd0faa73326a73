package text

import (
	"github.com/blevesearch/snowballstem"
	stemmer "github.com/blevesearch/snowballstem/english"
)

// scanner finds the terms of documents in a trie. It is for one goroutine;
// unless it grows the trie, several may share one.
type scanner struct {
	trie  *trie
	grow  bool // add unknown terms
	words *tokenizer
	chars *chars // nil for words
	low   int
	high  int

	stop  map[string]bool
	stem  bool
	seen  dict    // with stop words or stems: every word met is judged once
	means []int32 // per word seen: the token it counts as, none or stopped

	chain, next []int32
}

// stopped is the token of a word on the stop list: it does not even part its
// neighbours.
const stopped = -2

func newScanner(o *Options, t *trie, grow bool) *scanner {
	words, err := newTokenizer(o.Pattern, o.Lowercase)
	if err != nil {
		panic("text: options not validated: " + err.Error())
	}
	s := &scanner{trie: t, grow: grow, words: words, low: o.NGrams[0], high: o.NGrams[1], stem: o.Stem != ""}
	if o.Analyzer != "word" {
		s.chars = &chars{lowercase: o.Lowercase, within: o.Analyzer == "char_wb", low: s.low, high: s.high}
	}
	if o.Stop != "" {
		s.stop = map[string]bool{}
		for _, w := range english {
			s.stop[w] = true
		}
	}
	return s
}

// each calls fn with the node of every term of doc. Terms that the trie does
// not have are left out when it does not grow.
func (s *scanner) each(doc string, fn func(node int32)) {
	if s.chars != nil {
		s.chars.each(doc, func(gram string) {
			if node := s.trie.root(s.token([]byte(gram)), s.grow); node >= 0 {
				fn(node)
			}
		})
		return
	}
	s.chain = s.chain[:0] // chain[k] is the node of the k+1 words up to the last
	s.words.each(doc, func(word []byte) {
		token := s.meaning(word)
		if token == stopped {
			return
		}
		s.next = append(s.next[:0], s.trie.root(token, s.grow))
		for _, node := range s.chain {
			if len(s.next) == s.high {
				break
			}
			s.next = append(s.next, s.trie.child(node, token, s.grow))
		}
		s.chain, s.next = s.next, s.chain
		for k := s.low - 1; k < len(s.chain); k++ {
			if s.chain[k] >= 0 {
				fn(s.chain[k])
			}
		}
	})
}

// meaning gives the token that a word counts as.
func (s *scanner) meaning(word []byte) int32 {
	if s.stop == nil && !s.stem {
		return s.token(word)
	}
	id := s.seen.add(word)
	if int(id) == len(s.means) {
		s.means = append(s.means, s.judge(word))
	}
	return s.means[id]
}

func (s *scanner) judge(word []byte) int32 {
	if s.stop[string(word)] {
		return stopped
	}
	if s.stem {
		env := snowballstem.NewEnv(string(word))
		stemmer.Stem(env)
		word = []byte(env.Current())
	}
	return s.token(word)
}

func (s *scanner) token(word []byte) int32 {
	if s.grow {
		return s.trie.tokens.add(word)
	}
	return s.trie.tokens.find(word)
}

// row gathers the terms of one document and their counts. Its size follows from
// the document, not from the vocabulary: a request pays for what it asks.
type row struct {
	table []place // open addressing by node, a power of two; less than half is taken
	doc   uint32

	nodes  []int32
	counts []int32
}

// place says where a node of a document stands in nodes; that of an earlier
// document is free.
type place struct {
	doc      uint32
	node, at int32
}

// scan fills the row with doc's terms, in the order of their first appearance.
func (r *row) scan(s *scanner, doc string) {
	r.doc++
	r.nodes, r.counts = r.nodes[:0], r.counts[:0]
	s.each(doc, func(node int32) {
		if 2*len(r.nodes) >= len(r.table) {
			r.grow()
		}
		p := r.find(node)
		if p.doc != r.doc {
			*p = place{r.doc, node, int32(len(r.nodes))}
			r.nodes, r.counts = append(r.nodes, node), append(r.counts, 0)
		}
		r.counts[p.at]++
	})
}

// find gives the place of a node, or the free one where it belongs.
func (r *row) find(node int32) *place {
	mask := uint32(len(r.table) - 1)
	for i := uint32(node) * 0x9e3779b9 >> 7 & mask; ; i = (i + 1) & mask {
		if p := &r.table[i]; p.doc != r.doc || p.node == node {
			return p
		}
	}
}

func (r *row) grow() {
	r.table = make([]place, max(1024, 2*len(r.table)))
	for at, node := range r.nodes {
		*r.find(node) = place{r.doc, node, int32(at)}
	}
}
