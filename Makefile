# One word each: make pipeline, serve, test, check, bench, docs, fresh, clean.

GO ?= go
export CGO_ENABLED = 1

.PHONY: pipeline serve fresh test check bench docs clean build

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

test:
	$(GO) test ./...

# check is what must hold besides the tests; .ci/run runs both.
check: build
	@test -z "$$(gofmt -l .)" || { echo "not gofmt:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod tidy -diff
	bin/labbook check
	bin/labbook kinds --markdown | diff -u docs/kinds.md - || { echo "make docs writes docs/kinds.md anew"; exit 1; }

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

# docs writes what is generated from the code.
docs: build
	bin/labbook kinds --markdown > docs/kinds.md

clean:
	rm -rf bin runs/cache runs/2* reports/*.html
