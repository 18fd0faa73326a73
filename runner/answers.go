package runner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

// foundAnswer is the answer to a stage's question, as a key has it.
type foundAnswer struct {
	key    string        // the text that it is kept under
	record *cache.Record // nil of one that was asked for and is not kept
	file   cache.File
	answerFacts

	asked  bool   // now; else it was kept
	server string // as people call it
	// trouble says why an older answer stands where a new one was wanted.
	trouble string
}

// answerFacts are what is kept of an answer beside its bytes.
type answerFacts struct {
	Rows int       `json:"rows"`
	Set  string    `json:"set,omitempty"` // digest of the rows in any order; "" where it counts
	Made time.Time `json:"made"`
	// Seen are the files that hold all that the server knows, as they were; nil where
	// there are none, or they were being written.
	Seen []cache.Stat `json:"seen,omitempty"`
}

// stands says whether a kept answer is taken again.
func (f *answerFacts) stands(refresh time.Duration, who *stage.Answered, now time.Time) bool {
	switch age := now.Sub(f.Made); {
	case refresh < 0:
		return true
	case refresh > 0:
		return age >= 0 && age < refresh
	}
	seen, settled := see(who, now)
	if f.Seen == nil || !settled || len(seen) != len(f.Seen) {
		return false
	}
	for i := range seen {
		if seen[i] != f.Seen[i] {
			return false
		}
	}
	return true
}

// see gives the stats of the files that hold all that a server knows, zero for one
// that is empty or not there, and whether a change since would show in them. Nil:
// there are none.
func see(who *stage.Answered, now time.Time) (seen []cache.Stat, settled bool) {
	settled = true
	for _, path := range who.Files {
		s, err := cache.StatFile(path)
		if err != nil || s.Size == 0 {
			s = cache.Stat{}
		}
		settled = settled && s.Settled(now)
		seen = append(seen, s)
	}
	return seen, settled
}

// answerKey is the text that says what was asked, and whom. It holds no name and no
// password.
func answerKey(q *stage.Question, who *stage.Answered) string {
	return fmt.Sprintf("labbook answer 1\nserver %s\nquestion %s\n", who.ID, strconv.Quote(q.Text))
}

// fileAnswer is the one file that an answer's record has.
const fileAnswer = "answer.arrow"

// errAsks says that nobody can be asked now.
type errAsks struct{ reason string }

func (e *errAsks) Error() string { return e.reason }

// answers are those to the questions of an execution, each asked for once: its
// stages agree on what they are.
type answers struct {
	o *Options
	// ask gets an answer that is not kept, or not any more; it may be the kept one with
	// what is known now. Nil: nobody is asked.
	ask func(ctx context.Context, s *pipeline.Stage, who *stage.Answered, kept *foundAnswer) (*foundAnswer, error)

	// given takes an answer that came along with the project, where nobody is to be
	// asked. Nil: there are none.
	given func(s *pipeline.Stage, a GivenAnswer) (*foundAnswer, error)

	mu    sync.Mutex
	known map[string]func() (*foundAnswer, error)
}

func newAnswers(o *Options) *answers {
	return &answers{o: o, known: map[string]func() (*foundAnswer, error){}}
}

// find gives the answer to a stage's question.
func (as *answers) find(ctx context.Context, s *pipeline.Stage) (*foundAnswer, error) {
	if a, ok := as.o.Given[s.Name]; ok && as.given != nil {
		return as.given(s, a)
	}
	who, err := s.Kind.Asks.Whom(as.o.Project, s.Question.From, as.o.Env)
	if err != nil {
		return nil, placed(s, s.Question.From, err)
	}
	key := answerKey(s.Question, who)
	as.mu.Lock()
	once, known := as.known[key]
	if !known {
		once = sync.OnceValues(func() (*foundAnswer, error) { return as.look(ctx, s, who, key) })
		as.known[key] = once
	}
	as.mu.Unlock()
	a, err := once()
	return a, placed(s, s.Question.Text, err)
}

// placed gives an error about whom or what a stage asks its place, that of what is
// written. Several stages may be told the same.
func placed(s *pipeline.Stage, written string, err error) error {
	var e *diag.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	own := *e
	if own.File != "" {
		own.What = own.File + ": " + own.What
		own.File, own.Line, own.Col = "", 0, 0
	}
	own.What = s.Name + ": " + own.What
	return s.PlaceAt(written, &own)
}

// look takes the kept answer, or asks.
func (as *answers) look(ctx context.Context, s *pipeline.Stage, who *stage.Answered, key string) (*foundAnswer, error) {
	kept := as.kept(ctx, key)
	if kept != nil {
		kept.server = who.Name
		if kept.stands(s.Question.Refresh, who, as.o.Clock()) {
			return kept, nil
		}
	}
	switch {
	case as.ask != nil:
	case kept == nil:
		return nil, &errAsks{"asks " + who.Name + ", for the first time"}
	default:
		return nil, &errAsks{fmt.Sprintf("asks %s anew; the answer of %s had %s", who.Name, human.Time(kept.Made), human.Count(kept.Rows, "row"))}
	}
	a, err := as.ask(ctx, s, who, kept)
	if err != nil {
		if kept == nil || s.Question.Refresh == 0 || ctx.Err() != nil {
			return nil, err
		}
		kept.trouble = err.Error()
		var e *diag.Error
		if errors.As(err, &e) {
			kept.trouble = e.Clause()
		}
		return kept, nil
	}
	a.server = who.Name
	return a, nil
}

// kept gives the answer that is in the cache, whole; nil where there is none.
func (as *answers) kept(ctx context.Context, key string) *foundAnswer {
	r, err := as.o.Cache.Get(key)
	if err != nil || len(r.Files) != 1 || r.Told == nil {
		return nil
	}
	if _, err := as.o.Cache.Fetch(ctx, r); err != nil {
		return nil
	}
	a := &foundAnswer{key: key, record: r, file: r.Files[0]}
	data, err := os.ReadFile(as.o.Cache.Path(r.Told.Digest))
	if err != nil || json.Unmarshal(data, &a.answerFacts) != nil {
		return nil
	}
	return a
}

// fetch asks, and leaves the answer in a file. Answers of the same rows, whose order
// the question does not promise, are one answer: the kept one is given back then.
func (o *Options) fetch(ctx context.Context, s *pipeline.Stage, who *stage.Answered, kept *foundAnswer, path string, progress func(rows int)) (*foundAnswer, error) {
	now := o.Clock()
	before, settled := see(who, now)
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	rows, set, err := who.Ask(ctx, s.Question.Text, f, progress)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	a := &foundAnswer{key: answerKey(s.Question, who), asked: true, answerFacts: answerFacts{Rows: rows, Set: set, Made: now}}
	after, _ := see(who, now)
	for i := range after {
		if after[i] != before[i] {
			return nil, diag.New(who.Name+" changed while it was read", "let it rest while the pipeline runs, then run again")
		}
	}
	if settled {
		a.Seen = before
	}
	if kept != nil && set != "" && kept.Set == set && kept.Rows == rows {
		a.file = kept.file
	}
	return a, nil
}

// answer asks for an execution: the answer is kept.
func (x *execution) answer(ctx context.Context, s *pipeline.Stage, who *stage.Answered, kept *foundAnswer) (*foundAnswer, error) {
	room, err := x.lease.Room()
	if err != nil {
		return nil, explain(err)
	}
	defer x.lease.Leave(room)
	path := filepath.Join(room.Temp, fileAnswer)
	a, err := x.fetch(ctx, s, who, kept, path, x.telling(s, who))
	if err != nil {
		return nil, explain(err)
	}
	if a.file.Digest == "" {
		ref, err := x.Cache.Adopt(ctx, x.lease, path, true)
		if err != nil {
			return nil, explain(err)
		}
		a.file = cache.File{Name: fileAnswer, Size: ref.Size, Digest: ref.Digest}
	}
	return x.keepAnswer(s, a)
}

// give keeps an answer that came along. Its key is of itself: nobody knows who was asked.
func (x *execution) give(s *pipeline.Stage, g GivenAnswer) (*foundAnswer, error) {
	data, err := os.ReadFile(g.Path)
	if err != nil {
		return nil, err
	}
	ref, err := x.keep(x.lease, data, true)
	if err != nil {
		return nil, explain(err)
	}
	return x.keepAnswer(s, &foundAnswer{key: fmt.Sprintf("labbook answer 1\ngiven %s %d\n", ref.Digest, g.Rows), server: "the bundle",
		file: cache.File{Name: fileAnswer, Size: ref.Size, Digest: ref.Digest}, answerFacts: answerFacts{Rows: g.Rows, Made: x.Clock()}})
}

// keepAnswer makes the record of an answer whose bytes are kept.
func (x *execution) keepAnswer(s *pipeline.Stage, a *foundAnswer) (*foundAnswer, error) {
	facts, err := json.Marshal(a.answerFacts)
	if err != nil {
		return nil, err
	}
	told, err := x.keep(x.lease, facts, true)
	if err != nil {
		return nil, explain(err)
	}
	files := []cache.File{a.file}
	tree, err := x.keep(x.lease, cache.EncodeTree(files), true)
	if err != nil {
		return nil, explain(err)
	}
	a.record = &cache.Record{Key: a.key, Kind: s.Kind.Name, Tree: tree.Digest, Files: files, Told: told, Made: a.Made}
	return a, explain(x.Cache.Add(a.record))
}

// telling gives what tells how many rows have come.
func (x *execution) telling(s *pipeline.Stage, who *stage.Answered) func(rows int) {
	for _, j := range x.tasks {
		if j.Stage == s {
			return func(rows int) {
				x.tell(Event{What: StageProgress, Run: j.result.Run, Pipeline: j.pipeline.Name, Stage: j.Name, Step: "asking " + who.Name, Done: int64(rows), Unit: "rows"})
			}
		}
	}
	return nil
}

// answerAside asks without keeping anything: for who only wants to know whether the
// answer changed.
func (o *Options) answerAside(ctx context.Context, s *pipeline.Stage, who *stage.Answered, kept *foundAnswer) (*foundAnswer, error) {
	dir, err := os.MkdirTemp("", "labbook-answer-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, fileAnswer)
	a, err := o.fetch(ctx, s, who, kept, path, nil)
	if err != nil || a.file.Digest != "" {
		return a, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	a.file = cache.File{Name: fileAnswer, Size: size, Digest: hex.EncodeToString(sum.Sum(nil))}
	return a, err
}

// words say where an answer comes from, for the frame of a stage.
func (a *foundAnswer) words() string {
	text := fmt.Sprintf("%s from %s, asked at %s", human.Count(a.Rows, "row"), a.server, human.Time(a.Made))
	if a.trouble != "" {
		text += "; a newer answer was wanted, but " + a.trouble
	}
	return text
}

// changedAnswer says how an answer differs from the one before, of which both are as
// the key has them: a digest and a number of rows.
func changedAnswer(was, now string) string {
	rows := func(value string) int {
		_, n, _ := strings.Cut(value, " ")
		rows, _ := strconv.Atoi(n)
		return rows
	}
	switch more := rows(now) - rows(was); {
	case was == "":
		return "it reads a query's answer now (" + human.Count(rows(now), "row") + ")"
	case now == "":
		return "it reads no query's answer any more"
	case more > 0:
		return "the query's answer changed: " + human.Count(more, "row") + " more"
	case more < 0:
		return "the query's answer changed: " + human.Count(-more, "row") + " fewer"
	}
	return "the query's answer changed: as many rows, other values"
}
