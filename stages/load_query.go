package stages

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/query"
	"labbook/runner/stage"
)

// What may stand in refresh besides a duration.
const (
	refreshAlways = "always"
	refreshNever  = "never"
)

// answerName is what messages call the answer of a query.
const answerName = "the query's answer"

// checkQuery checks what is said of a query.
func (p *loadParams) checkQuery() error {
	// Where a stage runs its parameters are those of its key, without from. A password
	// is found first, for other errors show what is written.
	if err := query.Check(p.From); err != nil && p.From != "" {
		return params.FaultOf("from", err)
	}
	switch {
	case p.Query == "" && p.From != "":
		return params.Fault("from", "from is about a query, and there is none", "", "write query: select … from …, or name files in path")
	case p.Query == "" && p.Refresh != refreshAlways:
		return params.Fault("refresh", "refresh is about a query, and there is none", "", "files are read again whenever they change: leave it out")
	case p.Query == "":
		return nil
	case strings.TrimSpace(p.Query) == "":
		return params.Fault("query", "the query is empty", "one select", "write query: select … from …")
	case len(p.Path) > 0 || len(p.Otherwise) > 0:
		return params.Fault("query", "both path and query are given", "one of them", "read them in two stages")
	}
	if _, err := refreshOf(p.Refresh); err != nil {
		return err
	}
	return onlyFiles(p)
}

// unnamed says that a query is asked of nobody.
func (p *loadParams) unnamed() error {
	if p.Query == "" || p.From != "" {
		return nil
	}
	return params.FaultOf("query", query.Check(""))
}

// onlyFiles refuses what is about files, or about CSV.
func onlyFiles(p *loadParams) error {
	usual := load().Params().(*loadParams)
	for _, option := range []struct {
		name string
		set  bool
	}{
		{"delimiter", p.Delimiter != usual.Delimiter}, {"quote", p.Quote != usual.Quote}, {"header", p.Header != usual.Header},
		{"decimal", p.Decimal != usual.Decimal}, {"encoding", p.Encoding != usual.Encoding}, {"duplicates", p.Duplicates != usual.Duplicates},
		{"reject", p.Reject != ""},
	} {
		if option.set {
			return params.Fault(option.name, option.name+" is about files, and a query is read", "", "leave it out")
		}
	}
	return nil
}

// refreshOf gives how old an answer may be: see stage.Question.
func refreshOf(text string) (time.Duration, error) {
	switch text {
	case refreshAlways:
		return 0, nil
	case refreshNever:
		return -1, nil
	}
	age, err := time.ParseDuration(text)
	if err != nil || age <= 0 {
		return 0, params.Fault("refresh", "that says no age of an answer", "always, never, or a duration above 0", "write refresh: 24h")
	}
	return age, nil
}

// loadQuestion implements stage.Asker.Question.
func loadQuestion(given any) *stage.Question {
	p := given.(*loadParams)
	if p.Query == "" {
		return nil
	}
	refresh, _ := refreshOf(p.Refresh)
	return &stage.Question{From: p.From, Text: p.Query, Refresh: refresh, Secrets: query.Secrets(p.From)}
}

// whom implements stage.Asker.Whom.
func whom(project, from string, env func(string) (string, bool)) (*stage.Answered, error) {
	server, err := query.Of(project, from, env)
	if err != nil {
		return nil, err
	}
	return &stage.Answered{Name: server.Name, ID: server.ID, Files: server.Files,
		Ask: func(ctx context.Context, text string, out io.Writer, progress func(rows int)) (int, string, error) {
			answer, err := server.Ask(ctx, text, out, progress)
			if err != nil {
				return 0, "", err
			}
			return answer.Rows, answer.Set, nil
		}}, nil
}

// loadAdvice implements stage.Kind.Advice.
func loadAdvice(given any) []diag.Error {
	p := given.(*loadParams)
	if p.Query == "" || query.Ordered(p.Query) {
		return nil
	}
	return []diag.Error{{What: "the query promises no order of its rows", Found: fmt.Sprintf("no order by, asked of %s", p.From),
		Hint: "add order by and what tells the rows apart, so that every machine gets the same table"}}
}
