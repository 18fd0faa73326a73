package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// TestStoredProject opens the projects that released programs left behind
// (testdata/stored/make.sh makes one) and asks them what a person asks. The
// answers are those of the program that made them, kept beside the project:
// what was recorded then is still there and has the same value, to the last
// digit. Members may be added to answers; words may change.
func TestStoredProject(t *testing.T) {
	testdata.OnlyComputes(t)
	archives, err := filepath.Glob("testdata/stored/*.tar.gz")
	require.NoError(t, err)
	require.NotEmpty(t, archives)
	for _, archive := range archives {
		name := strings.TrimSuffix(filepath.Base(archive), ".tar.gz")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := &storedProject{t: t, folder: unpack(t, archive), answers: map[string]any{}}
			recorded := filepath.Join("testdata", "stored", name+".json")
			if program := os.Getenv("LABBOOK_STORED_BY"); program != "" {
				asked.program = program
				asked.all()
				asked.record(recorded)
				return
			}
			asked.program = labbookProgram(t)
			asked.all()
			asked.compare(recorded)
		})
	}
}

// storedProject is a project that is asked, and what it answered by question.
type storedProject struct {
	t               *testing.T
	program, folder string
	server          string // its URL
	answers         map[string]any
}

// all asks every question, in an order: what moves the champion comes last.
func (p *storedProject) all() {
	for _, model := range []string{"diamonds", "resumes", "cuts", "traded"} {
		p.command("models", "show", model, "--json")
	}
	p.command("models", "list", "--json")
	p.command("runs", "list", "--json")
	runs := p.answers["labbook runs list --json"].([]any)
	require.GreaterOrEqual(p.t, len(runs), 2)
	p.command("runs", "show", p.run("diamonds", "succeeded"), "--json")
	p.command("runs", "show", p.run("export", "failed"), "--json")
	p.command("runs", "diff", p.run("export", "failed"), p.run("export", "succeeded"), "--json")
	p.command("plan", "--json")
	p.command("why", "cuts/train/boosting")
	for _, model := range []string{"diamonds", "diamonds@1", "diamonds@2", "diamonds@3", "diamonds@4", "cuts@1", "cuts@2", "cuts@3", "cuts@4", "traded"} {
		p.command("predict", model, "data/some.csv")
	}
	p.command("predict", "diamonds", "samples/diamonds/one-carat-classic.json")
	for _, model := range []string{"resumes", "resumes@1", "resumes@2", "resumes@3", "resumes@4", "resumes@5", "resumes@6"} {
		p.command("predict", model, "samples/resumes/sap.json")
		p.command("predict", model, "samples/resumes/java-developer.json")
	}
	p.command("replay", "--model", "diamonds@2", "--json")

	stone, err := os.ReadFile(filepath.Join(p.folder, "samples/diamonds/half-carat-gift.json"))
	require.NoError(p.t, err)
	resume, err := os.ReadFile(filepath.Join(p.folder, "samples/resumes/oracle-dba.json"))
	require.NoError(p.t, err)
	stop := p.serve()
	// The lists first, before there are new requests.
	p.ask(http.MethodGet, "/v1/requests?limit=500", "")
	p.ask(http.MethodGet, "/v1/requests?status=4&model=diamonds&bodies=true", "")
	for _, pipeline := range []string{"diamonds", "resumes"} {
		p.ask(http.MethodGet, "/v1/"+pipeline+"/predictions", "")
		p.ask(http.MethodGet, "/v1/"+pipeline+"/predictions?known=false", "")
		p.ask(http.MethodGet, "/v1/"+pipeline+"/accuracy", "")
	}
	p.ask(http.MethodPost, "/v1/diamonds/predict", string(stone))
	p.ask(http.MethodPost, "/v1/diamonds/predict", "["+string(stone)+","+string(stone)+"]")
	p.ask(http.MethodPost, "/v1/diamonds/similar?n=7", string(stone))
	p.ask(http.MethodPost, "/v1/resumes/predict", string(resume))
	p.ask(http.MethodGet, "/v1/runs?limit=5", "")
	p.ask(http.MethodGet, "/v1/models/resumes", "")
	open := p.answers["GET /v1/diamonds/predictions?known=false"].(map[string]any)["items"].([]any)
	require.NotEmpty(p.t, open)
	p.ask(http.MethodPatch, "/v1/diamonds/predictions/"+open[0].(map[string]any)["id"].(string), `{"outcome": 4200}`)
	p.ask(http.MethodGet, "/v1/diamonds/accuracy?last=5", "")
	p.ask(http.MethodPost, "/v1/models/diamonds/promote", `{"version": 2}`)
	p.ask(http.MethodPost, "/v1/diamonds/predict?explain=false", string(stone))
	p.ask(http.MethodPost, "/v1/models/diamonds/rollback", `{"expected": 2}`)
	stop()

	p.command("models", "rollback", "resumes")
	p.command("predict", "resumes", "samples/resumes/oracle-dba.json")
	p.command("models", "promote", "diamonds@1")
	p.command("models", "show", "diamonds")
	p.command("gc", "--max", "0", "--quiet")
	p.command("predict", "diamonds", "data/some.csv", "--quiet")
	// A program that has learned something may make another model of the same
	// declaration, but it runs.
	p.command("run", "cuts", "--quiet")
}

// run gives the newest run of a pipeline that ended so.
func (p *storedProject) run(pipeline, status string) string {
	for _, run := range p.answers["labbook runs list --json"].([]any) {
		if run := run.(map[string]any); run["pipeline"] == pipeline && run["status"] == status {
			return run["id"].(string)
		}
	}
	p.t.Fatalf("no run of %s has %s", pipeline, status)
	return ""
}

// command asks by the command line. What is neither JSON nor CSV is words, of
// which only the exit code is compared.
func (p *storedProject) command(args ...string) {
	cmd := exec.Command(p.program, args...)
	cmd.Dir = p.folder
	cmd.Env = p.environment()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	question := "labbook " + strings.Join(args, " ")
	require.NoError(p.t, err, "%s\n%s%s", question, out, stderr.Bytes())
	p.answers[question] = readAnswer(out)
}

// storedToken opens everything of the stored project.
const storedToken = "the token of what is stored"

// serve starts the server, and gives what stops it.
func (p *storedProject) serve() (stop func()) {
	cmd := exec.Command(p.program, "serve", "--listen", "127.0.0.1:0", "--keep-days", "36500")
	cmd.Dir = p.folder
	cmd.Env = append(p.environment(), "LABBOOK_TOKEN="+storedToken)
	said, err := cmd.StderrPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, cmd.Start())
	stop = func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	}
	p.t.Cleanup(func() { cmd.Process.Kill() })
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if p.server = regexp.MustCompile(`http://[0-9.:]+`).FindString(lines.Text()); p.server != "" {
			go io.Copy(io.Discard, said)
			return stop
		}
	}
	p.t.Fatal("the server did not say where it is")
	return nil
}

// ask asks the server.
func (p *storedProject) ask(method, path, body string) {
	r, err := http.NewRequest(method, p.server+path, strings.NewReader(body))
	require.NoError(p.t, err)
	r.Header.Set("Authorization", "Bearer "+storedToken)
	r.Header.Set("Content-Type", "application/json")
	w, err := http.DefaultClient.Do(r)
	require.NoError(p.t, err)
	defer w.Body.Close()
	data, err := io.ReadAll(w.Body)
	require.NoError(p.t, err)
	question := method + " " + path
	if body != "" {
		question += " " + strings.TrimSpace(body)
	}
	require.Equal(p.t, http.StatusOK, w.StatusCode, "%s\n%s", question, data)
	answer := readAnswer(data)
	p.answers[question] = withoutMoment(question, answer)
}

// withoutMoment leaves out of an answer to a request that changed or asked
// something what says when that was, and by whom.
func withoutMoment(question string, answer any) any {
	if members, ok := answer.(map[string]any); ok && (strings.HasPrefix(question, "POST ") || strings.HasPrefix(question, "PATCH ")) {
		for _, name := range moment {
			delete(members, name)
		}
	}
	return answer
}

// environment leaves out what would steer the program from outside.
func (p *storedProject) environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "LABBOOK_") })
}

// record keeps the answers.
func (p *storedProject) record(file string) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	require.NoError(p.t, encoder.Encode(p.answers))
	require.NoError(p.t, os.WriteFile(file, out.Bytes(), 0o666))
}

// compare holds the answers against those recorded.
func (p *storedProject) compare(file string) {
	data, err := os.ReadFile(file)
	require.NoError(p.t, err)
	recorded := readAnswer(data).(map[string]any)
	require.Equal(p.t, slices.Sorted(maps.Keys(recorded)), slices.Sorted(maps.Keys(p.answers)), "the questions; make.sh and LABBOOK_STORED_BY record them anew")
	for _, question := range slices.Sorted(maps.Keys(recorded)) {
		for _, difference := range differences("", withoutMoment(question, recorded[question]), p.answers[question]) {
			p.t.Errorf("%s: %s", question, difference)
		}
	}
}

// changing are members that no promise is made about: words for people,
// explanations, whether a stage would run again, how long an answer took, and
// differences, which may be rounded.
var changing = []string{"words", "decision", "reason", "message", "warnings", "why", "action", "median", "p99", "difference"}

// moment are members of an answer to a request that say when it was asked, and by whom.
var moment = []string{"request", "created", "outcome_time", "actor"}

// readAnswer reads JSON, lines of CSV as objects, or "" where it is words.
func readAnswer(data []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err == nil {
		return promised(v)
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(records) < 2 || len(records[0]) < 2 {
		return ""
	}
	var rows []any
	for _, record := range records[1:] {
		row := map[string]any{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// promised leaves out what may change.
func promised(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range changing {
			delete(v, name)
		}
		for name := range v {
			v[name] = promised(v[name])
		}
	case []any:
		for i := range v {
			v[i] = promised(v[i])
		}
	}
	return v
}

// differences says where got has not what was recorded.
func differences(at string, recorded, got any) (all []string) {
	switch recorded := recorded.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is no object any more", at)}
		}
		for _, name := range slices.Sorted(maps.Keys(recorded)) {
			if value, ok := got[name]; ok {
				all = append(all, differences(at+"/"+name, recorded[name], value)...)
			} else {
				all = append(all, fmt.Sprintf("%s/%s is gone", at, name))
			}
		}
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(recorded) {
			return []string{fmt.Sprintf("%s has %d items, recorded were %d", at, len(got), len(recorded))}
		}
		for i := range recorded {
			all = append(all, differences(fmt.Sprint(at, "/", i), recorded[i], got[i])...)
		}
	default:
		if recorded != got {
			all = append(all, fmt.Sprintf("%s is %v, recorded was %v", at, got, recorded))
		}
	}
	return all
}

// unpack unpacks an archive into a folder of the test's.
func unpack(t *testing.T, archive string) string {
	f, err := os.Open(archive)
	require.NoError(t, err)
	defer f.Close()
	zipped, err := gzip.NewReader(f)
	require.NoError(t, err)
	folder := t.TempDir()
	for files := tar.NewReader(zipped); ; {
		header, err := files.Next()
		if err == io.EOF {
			return folder
		}
		require.NoError(t, err)
		path := filepath.Join(folder, filepath.FromSlash(header.Name))
		if header.Typeflag == tar.TypeDir {
			require.NoError(t, os.MkdirAll(path, 0o777))
			continue
		}
		data, err := io.ReadAll(files)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, data, header.FileInfo().Mode().Perm()))
	}
}

// labbookProgram gives the program under test, as testscript puts it into the
// path of its scripts: this very binary under the name of the command.
func labbookProgram(t *testing.T) string {
	self, err := os.Executable()
	require.NoError(t, err)
	program := filepath.Join(t.TempDir(), "labbook")
	require.NoError(t, os.Symlink(self, program))
	return program
}
