# One word per job. CI runs `make test`; see CONTRIBUTING.md.

CARGO ?= cargo
PYTHON ?= python3
VENV := .venv
DENY_VERSION := 0.20.2
# Where `make deps` puts cargo-deny: shared by all clones on a machine, since its build costs a minute (twice
# that, if it were optimised, for nothing: the check takes two seconds either way).
TOOLS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/longshore/tools-$(DENY_VERSION)
DIR ?= run

# Where `make clients` puts what the matrix of clients runs.
CLIENTS := $(CURDIR)/target/clients

# What the tests drive the server with, and what builds it; Go and Node are expected. OpenSSH's server is what the benchmarks measure beside.
PACKAGES := postgresql mariadb-server openssl openssh-client openssh-server lftp rclone curl sshfs fuse3 putty-tools \
	util-linux libssh-dev libssh2-1-dev default-jdk-headless maven python3-venv ca-certificates make gcc g++ cmake pkg-config

.PHONY: help run build deps deps-system deps-python deps-deny clients test check fmt clippy tidy deny unit bench soak fuzz

help:
	@echo 'make run     build and start the server in ./$(DIR)'
	@echo 'make test    install what the tests need, check everything, run all tests'
	@echo 'make check   format, lints, crate edges, dependencies; no tests'
	@echo 'make bench   cost per GiB beside a local OpenSSH'
	@echo 'make soak    the tests with release sizes (hours)'
	@echo 'make fuzz    every fuzz target for FUZZ_SECONDS (default 60) each'

build:
	$(CARGO) build --release --locked -p longshore-server

# Embedded defaults: SFTP on 2022, HTTP on 8080, everything that is stored, and the log, in ./run.
run: build
	@mkdir -p $(DIR)
	./target/release/longshore serve --config-dir $(DIR)

deps: deps-system deps-python deps-deny clients

deps-system:
	@missing=; for package in $(PACKAGES); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends $$missing; \
	fi

deps-python: $(VENV)/.installed

$(VENV)/.installed: tests/clients/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

deps-deny: $(TOOLS)/bin/cargo-deny

$(TOOLS)/bin/cargo-deny:
	$(CARGO) install --debug --quiet --locked --root $(TOOLS) --version $(DENY_VERSION) cargo-deny

# A program per SSH library: tests/clients/README.md.
clients: $(CLIENTS)/golang $(CLIENTS)/gosdk $(CLIENTS)/libssh $(CLIENTS)/libssh2 $(CLIENTS)/mina/MinaClient.class \
	$(CLIENTS)/russh/debug/longshore-client-russh tests/clients/ssh2/node_modules/.package-lock.json

$(CLIENTS)/golang $(CLIENTS)/gosdk: $(CLIENTS)/%: $(addprefix tests/clients/%/,main.go go.mod go.sum)
	cd tests/clients/$* && go build -buildvcs=false -o $@ .

$(CLIENTS)/gosdk: tests/clients/gosdk/objects.go

$(CLIENTS)/libssh $(CLIENTS)/libssh2: $(CLIENTS)/lib%: $(addprefix tests/clients/c/,lib%.c contract.c contract.h)
	mkdir -p $(CLIENTS)
	$(CC) -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -o $@ $(filter %.c,$^) -l$*

$(CLIENTS)/mina/MinaClient.class: $(addprefix tests/clients/mina/,MinaClient.java pom.xml)
	rm -rf $(@D)
	mvn -q -B -f tests/clients/mina/pom.xml dependency:copy-dependencies -DoutputDirectory=$(@D)
	javac -cp '$(@D)/*' -d $(@D) $<

$(CLIENTS)/russh/debug/longshore-client-russh: $(addprefix tests/clients/russh/,src/main.rs Cargo.toml Cargo.lock)
	$(CARGO) build --quiet --locked --manifest-path tests/clients/russh/Cargo.toml --target-dir $(CLIENTS)/russh
	touch $@

# What it may build natively only makes it faster.
tests/clients/ssh2/node_modules/.package-lock.json: tests/clients/ssh2/package-lock.json
	cd tests/clients/ssh2 && npm ci --omit=optional --ignore-scripts --no-audit --no-fund
	touch $@

check: fmt clippy tidy deny

fmt:
	$(CARGO) fmt --all --check

clippy:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

tidy:
	$(CARGO) xtask tidy

# Advisories need a database that is fetched; where it can't be reached, the rest is checked all the same.
deny: deps-deny
	$(TOOLS)/bin/cargo-deny --locked check --hide-inclusion-graph bans licenses sources
	@if timeout 120 $(TOOLS)/bin/cargo-deny fetch db >/dev/null 2>&1; then \
		$(TOOLS)/bin/cargo-deny --locked check advisories; \
	else \
		echo 'advisories: not checked, their database cannot be reached from here'; \
	fi

unit:
	$(CARGO) build --locked -p longshore-server
	$(CARGO) test --workspace --locked --no-fail-fast
	@# With --workspace, since the features of one crate alone would build its dependencies once more.
	target/debug/examples/databases $(CARGO) test --workspace --locked --test api
	target/debug/examples/databases $(CARGO) test --workspace --locked --test e2e -- provider::

test: deps check unit

bench: build deps-system
	$(CARGO) build --release --locked -p longshore-benches
	LONGSHORE_BIN=target/release/longshore ./target/release/longshore-bench $(BENCH)

# The same scenarios with the sizes and counts that a release is judged by, against the release binary.
soak: deps build
	LONGSHORE_SCALE=soak LONGSHORE_BIN=$(CURDIR)/target/release/longshore \
		$(CARGO) test --locked -p longshore-tests -- --test-threads=1
	$(MAKE) fuzz FUZZ_SECONDS=1200

FUZZ_SECONDS ?= 60

# cargo-fuzz wants a nightly compiler; RUSTC_BOOTSTRAP has the stable one take its flags.
fuzz:
	@command -v cargo-fuzz >/dev/null || $(CARGO) install --locked cargo-fuzz
	@for target in $$($(CARGO) fuzz list); do \
		echo "--- $$target"; \
		RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run $$target -- -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done
