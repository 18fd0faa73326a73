package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// rule says what a package may import of this module, besides itself.
type rule struct {
	who string   // a package, or with /... all below it; the most exact rule counts
	may []string // the same
}

// floors are those of the house, from the ground up: what stands on one may
// import what stands on it or below, and nothing above.
var floors = []string{"internal/base/...", "internal/data/...", "internal/learn/...", "models/...", "internal/store/...", "internal/show/..."}

// upTo gives the floors up to one.
func upTo(floor string) []string { return slices.Clip(floors[:slices.Index(floors, floor)+1]) }

// The directions of imports. The standard library and other modules are free;
// tests may import anything, for they look from outside.
var policy = []rule{
	{"internal/base/...", upTo("internal/base/...")},
	{"internal/data/...", upTo("internal/data/...")},
	{"internal/learn/...", upTo("internal/learn/...")},
	{"models/...", upTo("models/...")},
	{"internal/store/...", upTo("internal/store/...")},
	// How things look is known to nothing below: what learns, predicts and keeps
	// has values only. Nor does show know how they came about.
	{"internal/show/...", append(upTo("internal/learn/..."), "internal/show/...")},

	// The registry, keys and comparisons ask for rows by interfaces of their own: only
	// who opens a project knows the database.
	{"internal/store/registry", upTo("models/...")},
	{"internal/store/keys", upTo("internal/data/...")},
	{"internal/store/comparison", append(upTo("models/..."), "internal/store/registry")},

	// The runner knows no kind and no model, and keeps its records with whoever
	// takes them.
	{"runner/...", append(upTo("internal/data/..."), "runner/...")},
	{"runner/stage", upTo("internal/data/...")},
	{"stages", append(upTo("internal/show/..."), "runner/stage")},

	// Pages show figures, as notebooks do; what answers requests draws nothing, and
	// has only the words that terminals and pages have.
	{"serve/pages", upTo("internal/show/...")},
	{"serve", append(upTo("internal/store/..."), "internal/show/status", "serve/...")},
	// What the server rests on knows no server.
	{"serve/clients", nil},
	{"serve/refusal", upTo("internal/data/...")},
	{"serve/protocol", upTo("internal/data/...")},
	{"serve/batch", upTo("internal/data/...")},
	{"serve/together", upTo("models/...")},

	// The application opens projects and does the work; the command line only
	// asks it, and so nothing of the application knows a command.
	{"internal/app/project", append(upTo("internal/show/..."), "runner/...", "stages", "serve")},
	{"internal/app/cli", append(upTo("internal/show/..."), "internal/app/project", "internal/app/assess", "runner/...", "stages", "serve")},
	{"internal/app/assess", upTo("internal/show/...")},
	{".", []string{"internal/app/cli"}},

	{"internal/browsertest", nil},
	{"bench/...", append(upTo("internal/store/..."), "runner/...", "bench/...")},
}

// neverImported are packages at the top: whoever imports them is upside down.
var neverImported = []string{".", "internal/app/cli"}

func TestImportPolicy(t *testing.T) {
	testdata.OnlyComputes(t)
	for pkg, imports := range packages(t) {
		r := ruleFor(pkg)
		if r == nil {
			t.Errorf("no line of the policy is about %s", pkg)
			continue
		}
		for _, imported := range imports {
			switch {
			case slices.Contains(neverImported, imported) && pkg != ".":
				t.Errorf("%s must not import %s: nothing does", pkg, imported)
			case imported != pkg && !slices.ContainsFunc(r.may, func(p string) bool { return matches(p, imported) }):
				t.Errorf("%s must not import %s: it may import %v", pkg, imported, r.may)
			}
		}
	}
}

// ruleFor gives the most exact rule about a package, or nil.
func ruleFor(pkg string) *rule {
	var found *rule
	for i := range policy {
		if r := &policy[i]; matches(r.who, pkg) && (found == nil || len(r.who) > len(found.who) || r.who == pkg) {
			found = r
		}
	}
	return found
}

// Content folders hold no Go; code folders hold no content.
func TestFolders(t *testing.T) {
	for _, folder := range []string{"pipelines", "data", "samples", "reports", "runs", "docs"} {
		filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") {
				t.Errorf("%s: code among content", path)
			}
			return nil
		})
	}
	for _, folder := range []string{"runner", "stages", "models"} {
		filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.Contains(path, "testdata") && slices.Contains([]string{".csv", ".yaml", ".html"}, filepath.Ext(path)) {
				t.Errorf("%s: content among code", path)
			}
			return nil
		})
	}
}

// Whoever writes a kind or a model and forgets its line in the list is told.
func TestEverythingIsListed(t *testing.T) {
	list, err := os.ReadFile("stages/stages.go")
	require.NoError(t, err)
	files, err := filepath.Glob("stages/*.go")
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?m)^func (\w+)\(.*\) stage\.Kind \{`).FindAllStringSubmatch(string(text), -1) {
			assert.Regexp(t, `\b`+m[1]+`\(`, string(list), "%s is not in stages.All", file)
		}
	}

	list, err = os.ReadFile("models/models.go")
	require.NoError(t, err)
	folders, err := os.ReadDir("models")
	require.NoError(t, err)
	for _, d := range folders {
		if d.IsDir() && !slices.Contains([]string{"bundle", "calibration", "estimator", "exchange", "formula", "internal", "selection", "testdata", "training"}, d.Name()) {
			assert.Contains(t, string(list), `"labbook/models/`+d.Name()+`"`, "models/%s is not in models.All", d.Name())
		}
	}
}

// No package registers anything by being imported.
func TestNoInit(t *testing.T) {
	testdata.OnlyComputes(t)
	walkGo(t, func(file string, f *ast.File) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function", file)
			}
		}
	})
}

// No package compiles anything as the program starts: every command would wait for
// it. What lazy.Regexp is given is a regular expression nevertheless.
func TestNothingIsCompiledAtStart(t *testing.T) {
	testdata.OnlyComputes(t)
	lazily := 0
	walkGo(t, func(file string, f *ast.File) {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				for _, value := range spec.(*ast.ValueSpec).Values {
					call, ok := value.(*ast.CallExpr)
					if !ok {
						continue
					}
					of, ok := call.Fun.(*ast.SelectorExpr)
					if !ok {
						continue
					}
					switch pkg, _ := of.X.(*ast.Ident); {
					case pkg == nil:
					case pkg.Name == "regexp", pkg.Name == "template":
						t.Errorf("%s: %s.%s is called as the program starts; write lazy.Regexp or sync.OnceValue", file, pkg.Name, of.Sel.Name)
					case pkg.Name == "lazy":
						lazily++
						literal, ok := call.Args[0].(*ast.BasicLit)
						if !ok {
							continue // it has a constant in it: whoever uses it tries it
						}
						text, err := strconv.Unquote(literal.Value)
						require.NoError(t, err)
						_, err = regexp.Compile(text)
						assert.NoError(t, err, file)
					}
				}
			}
		}
	})
	assert.NotZero(t, lazily)
}

// packages gives, for each package of the module, those of the module that it
// imports, as folders.
func packages(t *testing.T) map[string][]string {
	found := map[string][]string{}
	walkGo(t, func(file string, f *ast.File) {
		pkg := path.Dir(filepath.ToSlash(file))
		found[pkg] = found[pkg][:len(found[pkg]):len(found[pkg])]
		for _, spec := range f.Imports {
			name := strings.Trim(spec.Path.Value, `"`)
			if name == "labbook" {
				found[pkg] = append(found[pkg], ".")
			} else if local, ok := strings.CutPrefix(name, "labbook/"); ok {
				found[pkg] = append(found[pkg], local)
			}
		}
	})
	return found
}

// walkGo visits every Go file of the program, tests left out.
func walkGo(t *testing.T, visit func(file string, f *ast.File)) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path != "." && strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		visit(path, f)
		return nil
	})
	require.NoError(t, err)
}

// matches says whether a pattern of the policy means a package.
func matches(pattern, pkg string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == below || strings.HasPrefix(pkg, below+"/")
	}
	return pattern == pkg
}
