package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/lazy"
)

// look is a page with how it was.
type look struct {
	path   string
	took   []time.Duration // first, again, after something new was asked
	worked []time.Duration // of the server's processors, likewise
	plain  int             // bytes of the page
	packed int             // bytes of the page and of what it loads, as they are sent
	large  bool            // the notebook, files, and the documentation, which Swagger UI draws
}

// measure looks at every page and gives how many of them are over.
func measure(binary, root string, most time.Duration, bytes int64) (over int, err error) {
	s, err := serve(binary, root)
	if err != nil {
		return 0, err
	}
	defer s.end()
	paths, err := s.paths()
	if err != nil {
		return 0, err
	}
	// The looks begin with a server of which nobody has asked for a page.
	if err := s.end(); err != nil {
		return 0, err
	}
	if s, err = serve(binary, root); err != nil {
		return 0, err
	}
	defer s.end()
	files, err := s.files()
	if err != nil {
		return 0, err
	}
	looks := make([]look, 0, len(paths)+len(files))
	for _, path := range append(paths, files...) {
		looks = append(looks, look{path: path, large: strings.Contains(path, "/notebook") || strings.HasSuffix(path, ".csv") || strings.HasPrefix(path, "/docs")})
	}
	for round := range 3 {
		for i := range looks {
			if round == 2 {
				for _, p := range s.pipelines {
					if err := s.ask(p, false); err != nil {
						return 0, err
					}
				}
			}
			before := s.worked()
			data, took, err := s.page(looks[i].path, "identity")
			if err != nil {
				return 0, err
			}
			looks[i].took, looks[i].worked = append(looks[i].took, took), append(looks[i].worked, s.worked()-before)
			if round == 1 {
				if err := looks[i].weigh(s, data); err != nil {
					return 0, err
				}
			}
		}
	}
	fmt.Println("milliseconds until the page was there, and of the processors that the server took for it: the first look, another, and one after something new was asked")
	fmt.Printf("%-72s %8s %8s %8s  %7s %7s %7s %9s %9s\n", "page", "first", "again", "new", "cpu", "cpu", "cpu", "kB plain", "kB packed")
	for _, l := range looks {
		wrong := ""
		if slices.Max(l.took) > most {
			wrong += " SLOW"
		}
		if int64(l.packed) > bytes && !l.large {
			wrong += " LARGE"
		}
		if wrong != "" {
			over++
		}
		line := fmt.Sprintf("%-72.72s ", l.path)
		for _, took := range append(l.took, l.worked...) {
			line += fmt.Sprintf("%8.1f", float64(took.Microseconds())/1000)
		}
		fmt.Printf("%s %9.1f %9.1f%s\n", line, float64(l.plain)/1000, float64(l.packed)/1000, wrong)
	}
	fmt.Printf("%d pages, %d over %v or %d bytes\n", len(looks), over, most, bytes)
	return over, nil
}

var loads = lazy.Regexp(`(?:<link rel="(?:stylesheet|icon)" href|<script src)="([^"]+)"`)

// weigh counts the bytes of a page with what it loads.
func (l *look) weigh(s *server, page []byte) error {
	l.plain = len(page)
	packed, _, err := s.page(l.path, "gzip")
	if err != nil {
		return err
	}
	l.packed = len(packed)
	for _, m := range loads().FindAllSubmatch(page, -1) {
		path := strings.ReplaceAll(string(m[1]), "&amp;", "&")
		data, _, err := s.page(path, "gzip")
		if err != nil {
			return err
		}
		l.packed += len(data)
	}
	return nil
}

// get reads JSON.
func (s *server) get(path string, into any) error {
	data, _, err := s.page(path, "identity")
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	return err
}

// paths lists every page that there is, of the newest, the oldest and one between.
func (s *server) paths() ([]string, error) {
	paths := []string{"/", "/models", "/runs", "/runs?sort=mae", "/runs?sort=-took&q=experiment", "/runs?q=nowhere", "/runs?status=failed", "/runs?status=interrupted", "/runs?offset=9000", "/runs/new",
		"/requests", "/requests?status=4", "/requests?status=503", "/requests?q=nowhere", "/requests?model=none", "/requests?version=9", "/requests?caller=nobody", "/requests?route=/nowhere", "/keys", "/audit", "/login", "/docs/"}
	for _, p := range s.pipelines {
		at := "/pipelines/" + p.Name
		var found struct{ Items []struct{ ID string } }
		if err := s.get("/v1/"+p.Name+"/predictions?limit=500", &found); err != nil {
			return nil, err
		}
		saved := found.Items[len(found.Items)/2].ID
		if err := s.get("/v1/requests?pipeline="+p.Name+"&limit=500", &found); err != nil {
			return nil, err
		}
		request := found.Items[len(found.Items)/2].ID
		paths = append(paths, at, at+"?prediction="+saved, at+"?request="+request, at+"?q=nowhere", at+"?known=true", at+"?known=false&before="+saved, at+"?q=case+1",
			at+"/data", at+"/training", at+"/drift", at+"/notebook", at+"/notebook/page", at+"/notebook/latest",
			"/runs?pipeline="+p.Name, "/runs?pipeline="+p.Name+"&offset=6000", "/runs/new?pipeline="+p.Name, "/requests?pipeline="+p.Name, "/requests?pipeline="+p.Name+"&status=422", "/requests?pipeline="+p.Name+"&model=none", "/requests/"+request)
		var runs struct {
			Items []struct {
				ID, Status string
				SameAs     string `json:"same_as"`
			}
		}
		if err := s.get("/v1/runs?pipeline="+p.Name+"&limit=200", &runs); err != nil {
			return nil, err
		}
		var own []string
		seen := map[string]bool{}
		for _, r := range runs.Items {
			if !seen[r.Status] {
				paths = append(paths, "/runs/"+r.ID)
			}
			if seen[r.Status] = true; r.SameAs == "" {
				own = append(own, r.ID)
			}
		}
		paths = append(paths, "/runs/compare?a="+own[0]+"&b="+own[1], "/runs/compare?run="+strings.Join(own[:12], "&run="))
		var model struct {
			Champion int
			Versions []struct{ Version int }
		}
		if err := s.get("/v1/models/"+p.Model, &model); err != nil {
			return nil, err
		}
		paths = append(paths, "/models/"+p.Model, "/models/"+p.Model+"/rollback")
		for _, v := range model.Versions {
			if v.Version != model.Champion {
				paths = append(paths, fmt.Sprintf("/models/%s/promote?version=%d", p.Model, v.Version))
				break
			}
		}
	}
	return paths, nil
}

// fileBytes is about how large a file is that is answered: what the form takes.
const fileBytes = 9_500_000

// files sends each pipeline a file, and gives where its answers stand.
func (s *server) files() ([]string, error) {
	var paths []string
	for _, p := range s.pipelines {
		line := append(slices.Clone([]byte(p.Samples[0].Input)), '\n')
		rows := min(100_000, fileBytes/len(line))
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "many.jsonl")
		if err != nil {
			return nil, err
		}
		part.Write(bytes.Repeat(line, rows))
		if err := form.Close(); err != nil {
			return nil, err
		}
		began := time.Now()
		s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		answer, err := s.client.Post(s.address+"/pipelines/"+p.Name+"/file", form.FormDataContentType(), &body)
		s.client.CheckRedirect = nil
		if err != nil {
			return nil, err
		}
		answer.Body.Close()
		at := answer.Header.Get("Location")
		if answer.StatusCode != http.StatusSeeOther || at == "" {
			return nil, fmt.Errorf("a file of %d rows to %s: status %d", rows, p.Name, answer.StatusCode)
		}
		fmt.Printf("%s answers a file of %d rows and %d bytes in %.1f s\n", p.Name, rows, rows*len(line), time.Since(began).Seconds())
		id := at[strings.LastIndex(at, "/")+1:]
		first := url.QueryEscape("predicted_" + s.predicts(p))
		paths = append(paths, at, at+"?sort="+first, at+"?sort=-"+first+"&offset=900", "/pipelines/"+p.Name+"?file="+id+"&row=17", at+"/answers.csv")
	}
	return paths, nil
}

// predicts gives what a pipeline's answers are called: their first member.
func (s *server) predicts(p pipeline) string {
	var found struct {
		Items []struct{ Answer json.RawMessage }
	}
	if s.get("/v1/"+p.Name+"/predictions?limit=1", &found) != nil || len(found.Items) == 0 {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(found.Items[0].Answer))
	d.Token()
	name, _ := d.Token()
	return fmt.Sprint(name)
}
