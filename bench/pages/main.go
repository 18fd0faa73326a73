// Pages measures how long each page of the server takes, and how large it is, in a project
// with a long history.
//
//	go run ./bench/pages -labbook bin/labbook -runs 10000 -requests 1000000
//
// It runs the project in the current folder in a copy, asks its samples, and writes as many
// runs and requests like these into the ledger and the store, so that they are as labbook
// itself writes them. Then every page is looked at by a server that has just begun; again;
// and once more after each pipeline was asked something new, for what is remembered goes by
// that. It exits with 1 where a look took longer than -most, or a page as it is sent, packed,
// with what it loads, is larger than -bytes.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/internal/store/requests"
)

func main() {
	log.SetFlags(0)
	program := flag.String("labbook", "bin/labbook", "the program to measure")
	folder := flag.String("folder", "", "a project that an earlier call has left; what it lacks is added")
	keep := flag.Bool("keep", false, "leave the project, and say where it is")
	runs := flag.Int("runs", 10_000, "runs of each pipeline")
	asked := flag.Int("requests", 1_000_000, "requests")
	most := flag.Duration("most", 100*time.Millisecond, "how long a look may take")
	bytes := flag.Int64("bytes", 150_000, "bytes that a page may have")
	flag.Parse()
	binary, err := filepath.Abs(*program)
	if err != nil {
		log.Fatal(err)
	}
	root := *folder
	if root == "" {
		if root, err = os.MkdirTemp("", "pages-"); err != nil {
			log.Fatal(err)
		}
		if !*keep {
			defer os.RemoveAll(root)
		}
	}
	if *keep {
		fmt.Println("the project:", root)
	}
	over := 0
	if err = age(binary, root, *runs, *asked); err == nil {
		over, err = measure(binary, root, *most, *bytes)
	}
	if err != nil {
		log.Print(err)
		over++
	}
	if over > 0 {
		defer os.Exit(1)
	}
}

// age makes a project in root with a history, as far as it is not there yet.
func age(binary, root string, runs, asked int) error {
	if _, err := os.Stat(filepath.Join(root, "runs", "labbook.db")); err != nil {
		for _, name := range []string{"pipeline.yaml", "pipelines", "data", "samples"} {
			if out, err := exec.Command("cp", "-r", name, root).CombinedOutput(); err != nil {
				return fmt.Errorf("cp %s: %w\n%s", name, err, out)
			}
		}
		run := exec.Command(binary, "run", "--no-png")
		run.Dir = root
		if out, err := run.CombinedOutput(); err != nil {
			return fmt.Errorf("labbook run: %w\n%s", err, out)
		}
	}
	began := time.Now()
	if err := agedRuns(root, runs); err != nil {
		return err
	}
	fmt.Printf("%d runs of each pipeline: %.0f s\n", runs, time.Since(began).Seconds())
	s, err := serve(binary, root)
	if err != nil {
		return err
	}
	for _, p := range s.pipelines {
		err = cmp.Or(err, s.ask(p, true), s.ask(p, false), s.askWrongly(p))
	}
	if err = cmp.Or(err, s.end()); err != nil {
		return err
	}
	began = time.Now()
	if err := agedRequests(root, asked); err != nil {
		return err
	}
	fmt.Printf("%d requests: %.0f s\n", asked, time.Since(began).Seconds())
	return nil
}

func agedRuns(root string, n int) error {
	ctx := context.Background()
	db, err := ledger.Open(filepath.Join(root, "runs", "labbook.db"), ledger.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	names, err := db.Pipelines(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		last, err := db.LastRun(ctx, name)
		if err != nil {
			return err
		}
		if have, err := db.Runs(ctx, record.Filter{Pipeline: name, Offset: n, Limit: 1}); err != nil || len(have) > 0 {
			if err != nil {
				return err
			}
			continue
		}
		stages, err := db.Stages(ctx, last.ID)
		if err != nil {
			return err
		}
		models, err := db.Versions(ctx, "")
		if err != nil {
			return err
		}
		var version *record.Version
		for _, v := range models {
			if v.Pipeline == name {
				version = v
			}
		}
		if err := addRuns(db, last, stages, version, n, last.Started); err != nil {
			return err
		}
	}
	return nil
}

// agedRequests repeats what was asked: one of twenty saves what it is answered, one of
// forty is refused.
func agedRequests(root string, n int) error {
	ctx := context.Background()
	store, err := requests.Open(ctx, filepath.Join(root, "runs", "requests.db"), requests.Options{Durability: requests.Normal, MaxBytes: 1 << 40})
	if err != nil {
		return err
	}
	defer store.Close()
	if have, _, err := store.Stored(ctx); err != nil || int(have) >= n {
		return err
	}
	found, err := store.Requests(ctx, requests.Filter{Bodies: true, Limit: 1000})
	if err != nil {
		return err
	}
	var saved, refused, plain []*requests.Request
	for _, r := range found {
		switch {
		case r.Status >= 400:
			refused = append(refused, r)
		case filepath.Base(r.Route) == "predictions":
			kept, err := store.Predictions(ctx, requests.PredictionFilter{Pipeline: r.Pipeline, Limit: 1000})
			if err != nil {
				return err
			}
			for _, p := range kept {
				if p.Request == r.ID {
					r.Prediction = p
				}
			}
			saved = append(saved, r)
		case filepath.Base(r.Route) == "predict":
			plain = append(plain, r)
		}
	}
	if len(saved) == 0 || len(refused) == 0 || len(plain) == 0 {
		return fmt.Errorf("%s: of what was asked %d were saved, %d refused, %d answered: there must be some of each", root, len(saved), len(refused), len(plain))
	}
	var like []*requests.Request
	for i := range 40 * len(plain) * len(saved) {
		switch {
		case i%40 == 7:
			like = append(like, refused[i/40%len(refused)])
		case i%20 == 3:
			like = append(like, saved[i/20%len(saved)])
		default:
			like = append(like, plain[i%len(plain)])
		}
	}
	return addRequests(ctx, store, like, n, time.Now().AddDate(0, 0, -60), time.Now())
}
