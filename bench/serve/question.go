package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"labbook/bench/shipped"
)

// question is what is asked: bodies of a type, in turn, over so many connections.
type question struct {
	name        string
	mime        string // "" is JSON
	bodies      []string
	connections int
}

// script writes wrk's script that asks it.
func (q *question) script(folder string) string {
	bodies, err := os.MkdirTemp(folder, "bodies-")
	check(err)
	for i, body := range q.bodies {
		check(os.WriteFile(filepath.Join(bodies, fmt.Sprint(i+1)), []byte(body), 0o600))
	}
	script := filepath.Join(folder, "ask.lua")
	check(os.WriteFile(script, fmt.Appendf(nil, `wrk.method = "POST"
wrk.headers["Content-Type"] = %q
local asked, i = {}, 0
function init()
	for k = 1, %d do
		local file = assert(io.open(%q .. k))
		asked[k] = wrk.format(nil, nil, nil, file:read("*a"))
		file:close()
	end
end
function request()
	i = i %% #asked + 1
	return asked[i]
end
`, cmp.Or(q.mime, "application/json"), len(q.bodies), bodies+"/"), 0o600))
	return script
}

// stones gives n rows of the data, spread over it, as JSON.
func stones(data string, n int) []string {
	f, err := os.Open(data)
	check(err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	check(err)
	names, rows := rows[0], rows[1:]
	var bodies []string
	for i := range n {
		var members []string
		for k, value := range rows[i*(len(rows)-1)/n] {
			switch names[k] {
			case "price":
				continue
			case "cut", "color", "clarity":
				value = fmt.Sprintf("%q", value)
			}
			members = append(members, fmt.Sprintf("%q:%s", names[k], value))
		}
		bodies = append(bodies, "{"+strings.Join(members, ",")+"}")
	}
	return bodies
}

// stonesCSV gives the first n rows of the data as they stand there, without the price.
func stonesCSV(data string, n int) string {
	f, err := os.Open(data)
	check(err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	check(err)
	price := slices.Index(rows[0], "price")
	var text strings.Builder
	out := csv.NewWriter(&text)
	for _, row := range rows[:n+1] {
		check(out.Write(slices.Delete(row, price, price+1)))
	}
	out.Flush()
	return text.String()
}

// resumes gives resumes of about 10 KB as JSON, and writes the whole corpus to a
// file for the peer to learn from.
func resumes(folder string) (bodies []string, file string) {
	texts, labels, err := shipped.Resumes()
	check(err)
	file = filepath.Join(folder, "resumes.json")
	data, err := json.Marshal(map[string][]string{"texts": texts, "labels": labels})
	check(err)
	check(os.WriteFile(file, data, 0o666))
	for _, text := range texts {
		body, err := json.Marshal(map[string]string{"resume": text})
		check(err)
		if len(body) > 9_500 && len(body) < 10_500 {
			bodies = append(bodies, string(body))
		}
	}
	if len(bodies) == 0 {
		check(errors.New("the shipped corpus has no resume of about 10 KB"))
	}
	return slices.Clip(bodies), file
}
