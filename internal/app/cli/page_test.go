package cli

import (
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/app/project"
	"labbook/internal/store/ledger"
	"labbook/internal/store/requests"
	"labbook/internal/testdata"
	"labbook/models/exchange/portable"
	"labbook/serve"
)

// TestPipelinesInPages compares what the exported page and the API answer for 1,000
// rows of each shipped pipeline, byte for byte, and the reasons of the first of them:
// in the project that LABBOOK_PIPELINES names, where they ran.
func TestPipelinesInPages(t *testing.T) {
	root := os.Getenv("LABBOOK_PIPELINES")
	if root == "" {
		t.Skip("needs a project in which the shipped pipelines ran, named by LABBOOK_PIPELINES")
	}
	const n, explained = 1000, 20
	p, err := project.Open(root, ledger.Options{ReadOnly: true})
	require.NoError(t, err)
	defer p.Close()
	store, err := requests.Open(context.Background(), filepath.Join(t.TempDir(), "requests.db"), requests.Options{Durability: requests.Normal})
	require.NoError(t, err)
	defer store.Close()
	server, err := serve.New(context.Background(), serve.Options{Registry: p.Registry(), Runs: p.Runs(), Requests: store, Token: "a token that is long enough", Keys: p.Keys()})
	require.NoError(t, err)
	for _, model := range []string{"diamonds", "resumes"} {
		t.Run(model, func(t *testing.T) {
			dir := t.TempDir()
			page, rows := filepath.Join(dir, "model.html"), filepath.Join(root, "data", "diamonds.csv")
			if model == "resumes" {
				rows = filepath.Join(dir, "rows.csv")
				writeResumes(t, root, rows, n)
			}
			exchanging{t, root}.labbook("export", model, "-o", page, "-q")
			asked := portableOf(t, page)
			asked.Rows, asked.Objects, asked.Explained = objectsOf(t, rows, n), true, explained
			said := testdata.Portable(t, portable.Script(), []testdata.PortableCase{asked})[0]
			for i, row := range asked.Rows {
				body, err := json.Marshal(row)
				require.NoError(t, err)
				w := httptest.NewRecorder()
				r := httptest.NewRequest("POST", "http://localhost/v1/"+model+"/predict?explain="+strconv.FormatBool(i < explained), strings.NewReader(string(body)))
				r.Header.Set("Content-Type", "application/json")
				server.ServeHTTP(w, r)
				require.Equal(t, 200, w.Code, w.Body.String())
				answer, _, _ := strings.Cut(w.Body.String(), `,"model":`)
				require.Equal(t, answer+"}", said[i], "row %d", i)
			}
		})
	}
}

// portableOf takes the model out of a page.
func portableOf(t *testing.T, page string) testdata.PortableCase {
	data, err := os.ReadFile(page)
	require.NoError(t, err)
	part := func(id string) []byte {
		m := regexp.MustCompile(`(?s)<script type="application/json" id="` + id + `">(.*?)</script>`).FindSubmatch(data)
		require.NotNil(t, m, id)
		return m[1]
	}
	var lists string
	require.NoError(t, json.Unmarshal(part("lists"), &lists))
	packed, err := base64.StdEncoding.DecodeString(lists)
	require.NoError(t, err)
	return testdata.NewPortableCase(part("model"), packed, nil)
}

// objectsOf gives the first rows of a CSV file as a client sends them; without what is
// predicted.
func objectsOf(t *testing.T, file string, n int) (rows []any) {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	lines := csv.NewReader(f)
	names, err := lines.Read()
	require.NoError(t, err)
	for len(rows) < n {
		values, err := lines.Read()
		require.NoError(t, err)
		row := map[string]any{}
		for i, name := range names {
			if v, err := strconv.ParseFloat(values[i], 64); err == nil {
				row[name] = v
			} else if values[i] != "" {
				row[name] = values[i]
			}
		}
		delete(row, "price")
		rows = append(rows, row)
	}
	return rows
}
