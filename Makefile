# One word each: make pipeline, serve, test, race, farm-test, check, bench, arena, docs, golden, fresh, clean.

GO ?= go
export CGO_ENABLED = 1

.PHONY: pipeline serve fresh test race farm-test check bench arena docs golden clean build

# pipeline runs what changed and leaves reports/*.html.
pipeline: build
	@bin/labbook run

# fresh runs every stage again, whatever the cache holds.
fresh: build
	@bin/labbook run --force

# serve answers at http://127.0.0.1:8080 with the champions.
serve: build
	@bin/labbook serve

build:
	@$(GO) build -o bin/labbook .

# Of vet, check runs more than tests would.
test:
	$(GO) test -vet=off -timeout 20m ./...

# race runs the short form of the tests under the race detector: what takes long
# and has little to race about is left to .ci/night.
race:
	$(GO) test -vet=off -race -short -timeout 20m ./...

# farm-test tries labbook with the servers of others, which are built first: a module
# of its own, so that what they are made of is none of labbook's.
farm-test:
	cd testdata/servers && $(GO) test -count=1 -timeout 20m ./...

# check is what must hold besides the tests; .ci/run runs both.
check: build
	@test -z "$$(gofmt -l .)" || { echo "not gofmt:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod tidy -diff
	bin/labbook check
	bin/labbook kinds --markdown | diff -u docs/kinds.md - || { echo "make docs writes docs/kinds.md anew"; exit 1; }
	bin/labbook check --markdown | diff -u docs/checks.md - || { echo "make docs writes docs/checks.md anew"; exit 1; }

# bench measures labbook beside its peers, in turns on this machine, and prints
# ratios. The peers, pinned, are installed first into a folder outside the project;
# one that is missing is left out and said. The benchmarks of single packages:
# go test -run '^$$' -bench . ./...
bench: build
	$(GO) run ./bench/noop -stages 10,1000,10000 -rounds 5
	$(GO) run ./bench/noop -stages 100 -rounds 3 -cold
	@bench/peers $(PEERS)/learn bench/requirements.txt
	$(call beside,sklearn,$(GO) run ./bench/text -python $(PEER) -n 3 shipped short)
	$(call beside,polars,$(PEER) bench/csv/compare.py)
	$(call beside,xgboost,$(PEER) bench/scale/compare.py bin/labbook 1000000)
	$(call beside,xgboost,$(PEER) bench/boosting/compare.py)
	$(call beside,sklearn,$(PEER) bench/learners/compare.py)
	$(call beside,optuna,$(PEER) bench/tune/compare.py 1)
	@bin/labbook run --quiet
	@bench/peers $(PEERS)/serve bench/serve/requirements.txt
	@if command -v wrk >/dev/null; then set -x; $(GO) run ./bench/serve -python $(PEERS)/serve/bin/python; else echo "bench/serve is left out: wrk is not installed"; fi

# PEERS is where they are installed, PEER the Python with those that learn.
PEERS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/labbook-bench
PEER ?= $(PEERS)/learn/bin/python
beside = @if $(PEER) -c 'import $(1)' 2>/dev/null; then set -x; $(2); else echo "left out: $(PEER) has no $(1)"; fi

# arena says what pipelines that init wrote are worth on tables of others, which
# lie beside the project or are left out. With ARENA_PEERS, a Python that has the
# other tools, they are fitted too; ARENA_FOLDER keeps what they reach.
arena: build
	python3 bench/arena/run.py bin/labbook ../shared/arena --peers "$(ARENA_PEERS)" --folder "$(ARENA_FOLDER)" $(ARENA)

# docs writes what is generated from the code.
docs: build
	bin/labbook kinds --markdown > docs/kinds.md
	bin/labbook check --markdown > docs/checks.md
	UPDATE_GOLDEN=1 $(GO) test ./internal/show/glossary

# golden notes what small runs of kinds and models leave, where they are new or
# their versions were raised.
golden:
	UPDATE_GOLDEN=1 $(GO) test ./stages ./models -run TestGolden

# clean removes all that is generated: also the runs, the models, and what the
# server recorded.
clean:
	rm -rf bin
	find reports runs -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
