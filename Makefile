# Everything a person or a machine does with this repository. `make help` lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# nomsgpack leaves 6 MB of codecs out of the web framework. Build everything with it, or the caches are built twice.
TAGS    := nomsgpack
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)

# Two packages at a time: the tests are parallel inside a package already.
TEST      := go test -tags $(TAGS) -timeout 12m -p 2
TESTFLAGS ?=
PKG       ?= ./...

BIN           := $(CURDIR)/bin
GOLANGCI      := v2.15.0
GOVULNCHECK   := v1.3.0
LINTER        := $(BIN)/golangci-lint-$(GOLANGCI)
VULN          := $(BIN)/govulncheck-$(GOVULNCHECK)
OPENAPI_TOOLS := tools/openapi-lint/node_modules
WEB_TOOLS     := tools/web/node_modules
CONTAINER     ?= $(shell docker info >/dev/null 2>&1 && echo docker || command -v podman || command -v buildah)
# The default format of the other two has no place for a health check.
FORMAT        := $(if $(filter docker,$(notdir $(CONTAINER))),,--format docker)
SCRIPTS       := .ci/run $(wildcard scripts/*)
GENERATED     := docs/generated store/schema.sql

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## serve the demo state on http://127.0.0.1:8080 (SQLite, nothing else needed)
	./bin/earmark demo --serve

.PHONY: build
build: ## compile bin/earmark
	CGO_ENABLED=0 go build -tags $(TAGS) -trimpath -ldflags '$(LDFLAGS)' -o bin/earmark ./cmd/earmark

.PHONY: test
test: ## the whole suite, on SQLite and then on PostgreSQL
	@scripts/install-test-tools
	@$(MAKE) --no-print-directory test-sqlite
	@$(MAKE) --no-print-directory test-postgres

.PHONY: test-sqlite
test-sqlite: ## the whole suite on SQLite (PKG=./store TESTFLAGS='-run Audit' for a part)
	env -u TEST_DATABASE_URL $(TEST) $(TESTFLAGS) $(PKG)

.PHONY: test-postgres
test-postgres: ## the same suite on a PostgreSQL that lives as long as the tests
	scripts/with-postgres $(TEST) $(TESTFLAGS) $(PKG)

.PHONY: e2e
e2e: ## only the user stories, on SQLite
	@scripts/install-test-tools
	@$(MAKE) --no-print-directory test-sqlite PKG=./e2e/...

.PHONY: lint
lint: lint-scripts lint-go ## formatting, go vet, golangci-lint, shell syntax, list of dependencies

.PHONY: lint-scripts
lint-scripts:
	@for script in $(SCRIPTS); do bash -n "$$script" && test -x "$$script" || { echo "$$script: not valid or not executable"; exit 1; }; done
	@scripts/check-dependencies

.PHONY: lint-go
lint-go: $(LINTER)
	@unformatted=$$(git ls-files --cached --others --exclude-standard -- '*.go' | xargs -r gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	go vet -tags $(TAGS) ./...
	$(LINTER) run

$(LINTER):
	GOBIN=$(BIN) GOFLAGS= go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	mv $(BIN)/golangci-lint $@

.PHONY: lint-openapi
lint-openapi: $(OPENAPI_TOOLS)/.installed ## Redocly and Spectral over openapi.yaml
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $(OPENAPI_TOOLS)/.bin/redocly lint openapi.yaml
	$(OPENAPI_TOOLS)/.bin/spectral lint openapi.yaml --ruleset .spectral.yaml --fail-severity=warn

$(OPENAPI_TOOLS)/.installed: tools/openapi-lint/package.json tools/openapi-lint/package-lock.json
	cd tools/openapi-lint && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: vulncheck
vulncheck: $(VULN) ## known vulnerabilities that this code can reach
	@scripts/vulncheck $(VULN)

$(VULN):
	GOBIN=$(BIN) GOFLAGS= go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK)
	mv $(BIN)/govulncheck $@

.PHONY: generate
generate: ## rewrite docs/generated and store/schema.sql from the code
	go run -tags $(TAGS) ./cmd/earmark docs --out docs/generated
	go test -tags $(TAGS) ./store -run TestSchemaDump -update
	go test -tags $(TAGS) ./api -run TestEveryCase -update

.PHONY: verify
verify: generate ## fail when what is generated differs from what is committed
	@git diff --exit-code -- $(GENERATED) || { echo "verify: stale; commit what make generate wrote"; exit 1; }
	@new=$$(git ls-files --others --exclude-standard -- $(GENERATED)); \
	if [ -n "$$new" ]; then echo "verify: generated and not committed:"; echo "$$new"; exit 1; fi

.PHONY: vendor
vendor: $(WEB_TOOLS)/.installed ## cut the design system to what the pages use (web/static/vendor, committed)
	node tools/web/vendor.mjs

$(WEB_TOOLS)/.installed: tools/web/package.json tools/web/package-lock.json
	cd tools/web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: bench
bench: build ## measure against plain SQL on the same machine; writes bench/results.json
	@scripts/install-test-tools
	EARMARK_PG_FSYNC=on scripts/with-postgres go run -tags $(TAGS) ./bench $(BENCHFLAGS)

.PHONY: screenshots
screenshots: build ## pictures of the main pages from the demo state (docs/images, committed)
	@scripts/install-test-tools
	scripts/with-demo node tools/web/screenshots.mjs $(PAGES)

.PHONY: lighthouse
lighthouse: build ## Lighthouse on the ten main pages of the demo; fails under 95
	@scripts/install-test-tools
	scripts/with-demo node tools/web/lighthouse.mjs $(PAGES)

.PHONY: fuzz
fuzz: ## every fuzz function for FUZZTIME each (20s)
	@scripts/fuzz

.PHONY: image
image: ## a container image named earmark, with docker, podman or buildah
	@test -n "$(CONTAINER)" || { echo "image: no running docker, and neither podman nor buildah"; exit 1; }
	$(CONTAINER) build $(FORMAT) --build-arg VERSION=$(VERSION) -t earmark:latest .

.PHONY: clean
clean: ## remove what was built, installed and seeded here
	rm -rf bin demo-data coverage coverage.out $(OPENAPI_TOOLS)
