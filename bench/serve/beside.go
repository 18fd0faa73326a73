package main

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	largeClients = 64
	largeBody    = 9 << 20
)

// askBeside measures a client that asks for a stone at a time: alone, and while
// 64 others send large bodies, each from an address of its own, as clients do.
func (b *bench) askBeside(data string, rounds int) {
	few := stones(data, 1000)
	large := listOf(few, largeBody)
	url := labbookURL("diamonds")
	fmt.Printf("\na stone at a time, alone and beside %d clients with bodies of %d MB\n", largeClients, largeBody>>20)
	for range rounds {
		stop, pid := start(nil, b.serve(full)) // it logs what it has no room for
		check(firstAnswer(url, "", few[0]))
		fmt.Println("alone: ", oneAtATime(url, few, b.seconds))
		ended := make(chan struct{})
		var others sync.WaitGroup
		var mu sync.Mutex
		statuses := map[string]int{}
		for i := range largeClients {
			others.Go(func() {
				sendLarge(i, url, large, ended, func(status string) {
					mu.Lock()
					defer mu.Unlock()
					statuses[status]++
				})
			})
		}
		time.Sleep(time.Second) // for the bodies to arrive
		fmt.Println("beside:", oneAtATime(url, few, b.seconds))
		resident := residentOf(pid)
		close(ended)
		others.Wait()
		var counted []string
		for _, status := range slices.Sorted(maps.Keys(statuses)) {
			counted = append(counted, fmt.Sprintf("%d times %s", statuses[status], status))
		}
		fmt.Printf("        the large ones: %s; %d MB\n", strings.Join(counted, ", "), resident>>10)
		stop()
	}
}

// listOf gives a list of stones as JSON, of so many bytes.
func listOf(stones []string, size int) string {
	var list strings.Builder
	for i := 0; list.Len() < size; i++ {
		list.WriteByte("[,"[min(i, 1)])
		list.WriteString(stones[i%len(stones)])
	}
	list.WriteByte(']')
	return list.String()
}

// oneAtATime asks for stones one after another.
func oneAtATime(url string, stones []string, seconds int) latencies {
	client := http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	var took []time.Duration
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); {
		began := time.Now()
		w, err := client.Post(url, "application/json", strings.NewReader(stones[len(took)%len(stones)]))
		check(err)
		if w.StatusCode != http.StatusOK {
			why, _ := io.ReadAll(w.Body)
			check(fmt.Errorf("a small request is answered %s: %s", w.Status, why))
		}
		io.Copy(io.Discard, w.Body)
		w.Body.Close()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took
}

// latencies are how long requests took that were made one after another, the shortest first.
type latencies []time.Duration

func (l latencies) at(share float64) time.Duration {
	return l[int(share*float64(len(l)-1))].Round(10 * time.Microsecond)
}

func (l latencies) String() string {
	return fmt.Sprintf("%6d requests  p50 %-9v p99 %-9v longest %v", len(l), l.at(.5), l.at(.99), l.at(1))
}

// from gives connections an address of their own, of a hundred.
func from(i int) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i%100))}}
}

// sendLarge sends a body again and again until it is to end, and waits when the
// server asks for it.
func sendLarge(i int, url, body string, ended <-chan struct{}, answered func(status string)) {
	dialer := from(i)
	client := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}, Timeout: 2 * time.Minute}
	defer client.CloseIdleConnections()
	for {
		wait := time.Duration(0)
		w, err := client.Post(url, "application/json", strings.NewReader(body))
		if err == nil {
			io.Copy(io.Discard, w.Body)
			w.Body.Close()
			seconds, _ := strconv.Atoi(w.Header.Get("Retry-After"))
			wait = time.Duration(seconds) * time.Second
		}
		select {
		case <-ended:
			return // the server did not have the time that it would have taken
		default:
		}
		if err != nil {
			answered("no answer")
			wait = time.Second
		} else {
			answered(strconv.Itoa(w.StatusCode))
		}
		select {
		case <-ended:
			return
		case <-time.After(wait):
		}
	}
}
