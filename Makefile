# weir. `make demo` shows the main job on sample data, `make test` passes the tests.

GO          ?= go
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.6.1
FUZZTIME    ?= 60s
DEMO_ROWS   ?= 5000000

RACE := $(shell $(GO) env CGO_ENABLED CC | { read cgo; read cc; [ "$$cgo" = 1 ] && command -v $$cc >/dev/null 2>&1 && echo -race; })

# Packages with concurrency are tested under the race detector.
RACED = ./pipeline/... ./storage/shm/... ./storage/open/... ./storage/synth/... ./storage/output/... ./cmd/...
OTHERS = $$($(GO) list ./... | grep -v -E '/(pipeline|cmd)(/|$$)|/storage/(shm|open|synth|output)$$')

SYSTEMS = linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: build demo test lint cross fuzz bench bench-peers bench-scaling memory clean

build: ## the program, as bin/weir
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/weir ./cmd/weir

demo: build ## one aggregation over 5 million rows in three formats and four modes
	sh examples/demo/demo.sh bin/weir $(DEMO_ROWS)

test: ## everything that has to hold; under the race detector where there is a C compiler, which it needs
	$(GO) test $(OTHERS)
	$(GO) test $(RACE) $(RACED)

lint: ## gofmt, vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

cross: ## builds and passes vet on the other systems
	@for s in $(SYSTEMS); do \
		echo "$$s"; \
		GOOS=$${s%/*} GOARCH=$${s#*/} CGO_ENABLED=0 $(GO) build ./... && \
		GOOS=$${s%/*} GOARCH=$${s#*/} CGO_ENABLED=0 $(GO) vet ./... || exit 1; \
	done

fuzz: ## every fuzz target for FUZZTIME
	sh examples/fuzz.sh $(FUZZTIME)

bench: ## Go benchmarks of every layer
	$(GO) test -run '^$$' -bench . -benchtime 0.5s ./...

bench-peers: build ## five tasks beside DuckDB and Polars; ARGS='-install' gets these, ARGS='-rows 1000000' is a quick look
	$(GO) run ./examples/peers -weir bin/weir $(ARGS)

bench-scaling: build ## time by rows and by chunk size; writes docs/scaling.md and its plots
	$(GO) run ./examples/scaling -weir bin/weir $(ARGS)

memory: build ## files far larger than the memory limit, in every mode
	sh examples/memory/memory.sh bin/weir

clean:
	rm -rf bin demo-data peers-data
