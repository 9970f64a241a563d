# Needs Go and make; `make help` lists what there is.
.DEFAULT_GOAL := help

# Narrow a run: make test PKGS=./spec/...; pass flags on: make run ARGS='--addr :8080'.
PKGS ?= ./...
ARGS ?=

# staticcheck's own defaults and its checks of package comments, names,
# receivers and the form of doc comments.
LINT := inherit,ST1000,ST1003,ST1016,ST1020,ST1021,ST1022
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## build bin/stagedoor
	go build -o bin/ ./cmd/stagedoor

# What a release holds.
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: dist
dist: ## build the binaries of a release and their checksums in bin/dist
	@rm -rf bin/dist && mkdir -p bin/dist
	@set -e; for platform in $(PLATFORMS); do \
		os=$${platform%/*}; arch=$${platform#*/}; suffix=; test $$os != windows || suffix=.exe; \
		echo "bin/dist/stagedoor_$${os}_$$arch$$suffix"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -trimpath -ldflags='-s -w' \
			-o bin/dist/stagedoor_$${os}_$$arch$$suffix ./cmd/stagedoor; \
	done
	@cd bin/dist && sha256sum stagedoor_* > SHA256SUMS && cat SHA256SUMS

.PHONY: test
test: ## run all tests, raced where cgo works; STAGEDOOR_REQUIRE=all makes a skipped test a failure
	@race=-race; go build -race runtime/cgo 2>/dev/null || { race=; export CGO_ENABLED=0; \
		echo "make test: without the race detector, which needs cgo and a C compiler (Debian packages gcc and libc6-dev)"; }; \
	go run ./cmd/stagedoor/internal/testrun $$race -shuffle=on $(ARGS) $(PKGS)

.PHONY: check
check: format vet lint modules test ## run what CI runs: format, vet, staticcheck, modules, all tests

.PHONY: run
run: ## start the mock server (ARGS='--addr :8080')
	go run ./cmd/stagedoor mock $(ARGS)

.PHONY: bench
bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem $(ARGS) $(PKGS)

.PHONY: fmt
fmt: ## format all Go files
	go fmt ./...

.PHONY: vuln
vuln: ## look up known vulnerabilities (asks the network)
	go run $(GOVULNCHECK) ./...

# The parts of check.
.PHONY: format vet lint modules
format:
	@files=$$(find . -name '*.go' -not -path '*/.*' -not -path '*/node_modules/*' \
		-exec "$$(go env GOROOT)/bin/gofmt" -l {} +) || exit 1; \
	test -z "$$files" || { echo "not formatted (make fmt):"; echo "$$files"; exit 1; }

vet:
	go vet $(PKGS)

lint:
	go tool staticcheck -checks $(LINT) $(PKGS)

modules:
	go mod tidy -diff
	go mod verify
