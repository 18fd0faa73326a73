package corpus

import (
	"strconv"
	"strings"

	"labbook/internal/base/lazy"
)

// template is a text with places to fill in:
//
//	{tool}          an entry of the list tool
//	{^tool}         the same, its first letter a capital
//	{3-7 tool}      three to seven different ones, with commas between
//	{3-7 line|; }   the same, with other words between; \n is a line end
//	{1998-2016}     a number of that range
type template []piece

// piece is a text, or a place to fill in.
type piece struct {
	text      string
	list      string // "" for a number
	number    bool
	low, high int
	between   string
	capital   bool
}

var place = lazy.Regexp(`\{([^{}]*)\}`)
var inside = lazy.Regexp(`(?s)^(\^)?(?:(\d{1,9})(?:-(\d{1,9}))?(?: +|$))?([a-z_]+)?(?:\|(.*))?$`)

func parse(s string) (template, error) {
	var t template
	end := 0
	text := func(s string) {
		if s != "" {
			t = append(t, piece{text: s})
		}
	}
	for _, m := range place().FindAllStringSubmatchIndex(s, -1) {
		text(s[end:m[0]])
		end = m[1]
		found := inside().FindStringSubmatch(s[m[2]:m[3]])
		if found == nil || found[2] == "" && found[4] == "" {
			return nil, fault("a place to fill in is not understood", s[m[0]:m[1]], "such as {tool}, {3-7 tool} or {1998-2016}", "")
		}
		p := piece{capital: found[1] != "", list: found[4], number: found[4] == "", low: 1, high: 1, between: ", "}
		if found[2] != "" {
			p.low, _ = strconv.Atoi(found[2])
			p.high = p.low
		}
		if found[3] != "" {
			p.high, _ = strconv.Atoi(found[3])
		}
		if p.high < p.low || !p.number && p.high > 1000 {
			return nil, fault("a place to fill in has no such range", s[m[0]:m[1]], "the smaller number first, at most 1000 entries", "")
		}
		if found[5] != "" {
			p.between = strings.ReplaceAll(found[5], `\n`, "\n")
		}
		t = append(t, p)
	}
	text(s[end:])
	return t, nil
}
