package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"labbook/internal/base/lazy"
)

// server is a labbook that serves a project, and a client that is signed in to it.
type server struct {
	command   *exec.Cmd
	client    *http.Client
	token     string
	address   string
	pipelines []pipeline
}

// pipeline is one that answers, with inputs that it may be asked.
type pipeline struct {
	Name    string `json:"pipeline"`
	Model   string
	Samples []struct{ Input json.RawMessage }
}

var listening = lazy.Regexp(`http://127\.0\.0\.1:\d+`)

// serve starts a server and signs in.
func serve(binary, root string) (*server, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	s := &server{command: exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--durability", "normal", "--keep-size", "1TB"), client: &http.Client{Jar: jar}}
	s.client.Transport = &http.Transport{DisableCompression: true}
	s.command.Dir = root
	said, err := s.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() && s.address == "" {
		s.address = listening().FindString(lines.Text())
	}
	go io.Copy(io.Discard, said)
	if s.address == "" {
		return nil, fmt.Errorf("labbook serve says no address in %s", root)
	}
	token, err := os.ReadFile(filepath.Join(root, "runs", "token"))
	if err != nil {
		return nil, err
	}
	s.token = strings.TrimSpace(string(token))
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		answer, err := s.client.Get(s.address + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == 200 {
				break
			}
		}
		if time.Since(began) > time.Minute {
			return nil, fmt.Errorf("the server is not ready after a minute: %v", err)
		}
	}
	answer, err := s.client.PostForm(s.address+"/login", url.Values{"token": {s.token}, "next": {"/login"}})
	if err != nil {
		return nil, err
	}
	answer.Body.Close()
	answer, err = s.client.Get(s.address + "/v1/pipelines")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&s.pipelines); err != nil {
		return nil, err
	}
	for i := range s.pipelines {
		if err := s.get("/v1/"+s.pipelines[i].Name, &s.pipelines[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// worked gives the time of processors that the server took until now; 0 where the system
// does not tell.
func (s *server) worked() (all time.Duration) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.command.Process.Pid))
	for _, name := range threads {
		var ns time.Duration
		if data, err := os.ReadFile(name); err == nil {
			fmt.Sscan(string(data), &ns)
			all += ns
		}
	}
	return all
}

// end stops the server.
func (s *server) end() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.command.Wait()
}

// post sends JSON and wants a status.
func (s *server) post(path string, body any, want int) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, s.address+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if said, _ := io.ReadAll(answer.Body); answer.StatusCode != want {
		return fmt.Errorf("POST %s: status %d, not %d: %s", path, answer.StatusCode, want, said)
	}
	return nil
}

// ask asks all samples of a pipeline, and saves what is answered or not.
func (s *server) ask(p pipeline, save bool) error {
	for _, sample := range p.Samples {
		var err error
		if save {
			err = s.post("/v1/"+p.Name+"/predictions", map[string]any{"input": sample.Input, "note": "a case"}, http.StatusCreated)
		} else {
			err = s.post("/v1/"+p.Name+"/predict", sample.Input, http.StatusOK)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// askWrongly asks what is refused.
func (s *server) askWrongly(p pipeline) error {
	return s.post("/v1/"+p.Name+"/predict", map[string]any{"nothing": "like it"}, http.StatusUnprocessableEntity)
}

// page asks for a page, and gives what came, as it was sent.
func (s *server) page(path, coding string) (data []byte, took time.Duration, err error) {
	r, err := http.NewRequest(http.MethodGet, s.address+path, nil)
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Accept-Encoding", coding)
	began := time.Now()
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	data, err = io.ReadAll(answer.Body)
	took = time.Since(began)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: status %d", path, answer.StatusCode)
	}
	return data, took, err
}
