package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// peers are the servers in Python.
type peers struct {
	python string
	folder string // where what they learned is kept
}

// peer is one of them.
type peer struct {
	name, script string
	model        string // the file it answers with
}

const peerURL = "http://127.0.0.1:8093/predict"

func (p *peers) command(v peer, database, durability string) []string {
	return []string{p.python, "bench/serve/" + v.script, "8093", database, durability, v.model}
}

// stones gives the peers that price stones, once they have learned to, or says
// what is missing.
func (p *peers) stones(data string) (found []peer) {
	model, trees := filepath.Join(p.folder, "model.json"), filepath.Join(p.folder, "trees.so")
	if p.has("FastAPI", "fastapi, uvicorn, xgboost, sqlalchemy") {
		found = append(found, peer{"FastAPI, tuned", "fastapi_tuned.py", model}, peer{"FastAPI, tutorial", "fastapi_tutorial.py", model})
		p.learn(model, "xgboost_model.py", data, model)
	}
	if p.has("FastAPI by an expert", "fastapi, uvicorn, msgspec, xgboost, treelite, tl2cgen") {
		found = append(found, peer{"FastAPI, expert", "fastapi_expert.py", trees})
	}
	if p.has("robyn by an expert", "robyn, msgspec, xgboost, treelite, tl2cgen") {
		found = append(found, peer{"robyn, expert", "robyn_expert.py", trees})
	}
	for _, v := range found {
		if v.model == trees {
			p.learn(trees, "xgboost_model.py", data, model, trees)
		}
	}
	for _, more := range []string{"uvloop", "httptools"} {
		if len(found) > 0 && exec.Command(p.python, "-c", "import "+more).Run() != nil {
			fmt.Printf("FastAPI runs without %s, which is not installed\n", more)
		}
	}
	return found
}

// batches gives the peer that prices many stones at once.
func (p *peers) batches(data string) (found peer, ok bool) {
	if !p.has("FastAPI by an expert, of batches", "polars") {
		return peer{}, false
	}
	for _, v := range p.stones(data) {
		if v.script == "fastapi_expert.py" {
			return v, true
		}
	}
	return peer{}, false
}

// resumes gives the peer that classifies texts.
func (p *peers) resumes(corpus string) []peer {
	if !p.has("FastAPI with scikit-learn", "fastapi, uvicorn, msgspec, sklearn, joblib") {
		return nil
	}
	model := filepath.Join(p.folder, "resumes.joblib")
	p.learn(model, "text_model.py", corpus, model)
	return []peer{{"FastAPI, scikit-learn", "fastapi_text.py", model}}
}

// has says whether Python has the packages of a peer, and prints if not.
func (p *peers) has(who, packages string) bool {
	if out, err := exec.Command(p.python, "-c", "import "+packages).CombinedOutput(); err != nil {
		fmt.Printf("%s is left out: %s cannot import %s\n%s\n", who, p.python, packages, out)
		return false
	}
	return true
}

// learn runs a script that writes a model, unless that is there.
func (p *peers) learn(model, script string, args ...string) {
	if _, err := os.Stat(model); err == nil {
		return
	}
	fmt.Println("learning", model)
	cmd := exec.Command(p.python, append([]string{"bench/serve/" + script}, args...)...)
	cmd.Stderr = os.Stderr
	check(cmd.Run())
}
