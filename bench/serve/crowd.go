package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	silentClients = 2000
	slowClients   = 1000
)

// askCrowd measures a client that asks for a stone at a time, and one that asks whether
// the server is well, alone and in a crowd that means it no good.
func (b *bench) askCrowd(data string, rounds int) {
	few := stones(data, 1000)
	large := listOf(few, largeBody)
	url := labbookURL("diamonds")
	fmt.Printf("\na stone at a time, alone, and in a crowd: %d silent connections, %d clients with bodies of %d MB, %d that send a byte a second, a training\n",
		silentClients, largeClients, largeBody>>20, slowClients)
	for range rounds {
		stop, pid := start(nil, b.serve(full))
		check(firstAnswer(url, "", few[0]))
		fmt.Println("alone:       ", oneAtATime(url, few, b.seconds))
		ended := make(chan struct{})
		var crowd sync.WaitGroup
		var mu sync.Mutex
		statuses := map[string]int{}
		for i := range silentClients {
			crowd.Go(func() { beSilent(i, ended) })
		}
		var cut atomic.Int64
		for i := range slowClients {
			crowd.Go(func() { beSlow(i, ended, &cut) })
		}
		for i := range largeClients {
			crowd.Go(func() {
				sendLarge(i, url, large, ended, func(status string) {
					mu.Lock()
					defer mu.Unlock()
					statuses[status]++
				})
			})
		}
		stopTraining := b.train("diamonds")
		time.Sleep(2 * time.Second) // for the crowd to come
		var health latencies
		var other sync.WaitGroup
		other.Go(func() { health = wellAtATime(strings.Replace(url, "/v1/diamonds/predict", "/healthz", 1), b.seconds) })
		small := oneAtATime(url, few, b.seconds)
		other.Wait()
		fmt.Println("in the crowd:", small)
		fmt.Println("  its health:", health)
		resident := residentOf(pid)
		close(ended)
		stopTraining()
		crowd.Wait()
		var counted []string
		for _, status := range slices.Sorted(maps.Keys(statuses)) {
			counted = append(counted, fmt.Sprintf("%d times %s", statuses[status], status))
		}
		fmt.Printf("              the large ones: %s; slow ones ended: %d; %d MB\n", strings.Join(counted, ", "), cut.Load(), resident>>10)
		stop()
	}
}

// train has the server train a pipeline anew, as clients do who may.
func (b *bench) train(pipeline string) (stop func()) {
	token, err := os.ReadFile(filepath.Join(b.project, "runs", "token"))
	check(err)
	ask := func(method, path, body string) string {
		r, err := http.NewRequest(method, "http://"+serverAddress+path, strings.NewReader(body))
		check(err)
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		r.Header.Set("Content-Type", "application/json")
		w, err := http.DefaultClient.Do(r)
		check(err)
		defer w.Body.Close()
		said, err := io.ReadAll(w.Body)
		check(err)
		if w.StatusCode >= 300 {
			check(fmt.Errorf("%s %s is answered %s: %s", method, path, w.Status, said))
		}
		var place struct{ Run string }
		check(json.Unmarshal(said, &place))
		return place.Run
	}
	run := ask("POST", "/v1/runs", fmt.Sprintf(`{"pipeline": %q, "force": true}`, pipeline))
	return func() { ask("DELETE", "/v1/runs/"+run, "") }
}

// beSilent opens a connection, asks once, and says nothing more; where it is closed, it comes again.
func beSilent(i int, ended <-chan struct{}) {
	for {
		c, err := from(i).Dial("tcp", serverAddress)
		if err == nil {
			fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n", serverAddress)
			closed := make(chan struct{})
			go func() {
				io.Copy(io.Discard, c)
				close(closed)
			}()
			select {
			case <-ended:
			case <-closed:
			}
			c.Close()
		}
		select {
		case <-ended:
			return
		case <-time.After(time.Second):
		}
	}
}

// beSlow sends a byte a second, half of them of a header, and half of a large body whose
// beginning comes at once; where it is cut off, it comes again.
func beSlow(i int, ended <-chan struct{}, cut *atomic.Int64) {
	for {
		c, err := from(i).Dial("tcp", serverAddress)
		if err == nil {
			if i%2 == 0 {
				fmt.Fprintf(c, "POST /v1/diamonds/predict HTTP/1.1\r\nHost: %s\r\nX-Slow: ", serverAddress)
			} else {
				fmt.Fprintf(c, "POST /v1/diamonds/predict HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
					serverAddress, largeBody, strings.Repeat(" ", 70_000))
			}
			if trickle(c, ended) {
				cut.Add(1)
			}
			c.Close()
		}
		select {
		case <-ended:
			return
		case <-time.After(time.Second):
		}
	}
}

// trickle writes a byte a second, and says whether the other side ended it.
func trickle(c net.Conn, ended <-chan struct{}) bool {
	closed := make(chan struct{})
	go func() {
		io.Copy(io.Discard, c)
		close(closed)
	}()
	for {
		select {
		case <-ended:
			return false
		case <-closed:
			return true
		case <-time.After(time.Second):
		}
		if _, err := c.Write([]byte(" ")); err != nil {
			return true
		}
	}
}

// wellAtATime asks whether the server is well, on a new connection each time, as those do
// who watch it.
func wellAtATime(url string, seconds int) latencies {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	var took latencies
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); {
		began := time.Now()
		w, err := client.Get(url)
		check(err)
		if w.StatusCode != http.StatusOK {
			check(fmt.Errorf("health is answered %s", w.Status))
		}
		io.Copy(io.Discard, w.Body)
		w.Body.Close()
		took = append(took, time.Since(began))
		time.Sleep(10 * time.Millisecond)
	}
	slices.Sort(took)
	return took
}
