# SPDX-License-Identifier: MIT
#
# For people; CMakeLists.txt builds. `make help` says what there is.

PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
SECONDS ?= 60
SEED ?= $(shell date +%s000)
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
export CMAKE_BUILD_PARALLEL_LEVEL = $(JOBS)
export CTEST_PARALLEL_LEVEL = $(JOBS)
export FUZZ_SECONDS PREFIX DESTDIR

.PHONY: build demo test asan fuzz soak
.PHONY: bench bench-smoke bench-wire tables interop-long install format
.PHONY: profile tidy deps clean help

build:
	@scripts/bootstrap --check build
	cmake --preset release --log-level=NOTICE
	cmake --build --preset release

demo:
	@scripts/bootstrap build
	@cmake --preset release --log-level=NOTICE
	@cmake --build --preset release -- --quiet
	build/release/linnet get http://www.server.com/ --journey=brief -o build/page.html
	@echo; echo 'The page (build/page.html, its first lines):'; echo; head -n 18 build/page.html

test:
	@scripts/bootstrap build test
	@scripts/run_tests.py release asan

asan:
	@scripts/bootstrap build test
	@scripts/run_tests.py asan

fuzz:
	@scripts/bootstrap build test fuzz
	@scripts/fuzz

soak:
	@scripts/bootstrap build test
	@cmake --preset release --log-level=NOTICE
	@cmake --build --preset release --target tests_lab_soak_test -- --quiet
	@build/release/tests/tests_lab_soak_test --seed $(SEED) \
		$(if $(RUNS),--runs $(RUNS),--seconds $(SECONDS)) $(if $(PCAP),--pcap $(PCAP))

bench:
	@scripts/bootstrap build bench
	@scripts/bench

bench-smoke:
	@scripts/bootstrap build bench
	@scripts/bench --smoke

bench-wire:
	@scripts/bootstrap build test bench
	@cmake --preset release --log-level=NOTICE
	@cmake --build --preset release --target linnet bench
	@scripts/bench-wire

tables:
	@scripts/bootstrap build bench
	@scripts/tables.py

# What the compiler knows of the core's work, counted anew (cmake/profile.cmake).
profile:
	@rm -f build/release/profile/stamp
	@$(MAKE) --no-print-directory build

# What make test does with 5,000 connections each way and 6 s of blackout.
interop-long:
	@scripts/bootstrap build test
	@cmake --preset release --log-level=NOTICE -DLINNET_TESTS=ON
	@cmake --build --preset release -- --quiet
	LINNET_CONNECTIONS=100000 LINNET_BLACKOUT=60 ctest --preset release -V \
		-R 'interop_(connections|blackout)'

install: build
	cmake --install build/release --prefix "$(PREFIX)"

format:
	@scripts/bootstrap --check format
	git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

tidy:
	@python3 tests/arch/tidy_test.py
	@python3 tests/arch/layers_test.py

deps:
	@scripts/bootstrap build test fuzz bench format

clean:
	rm -rf build

help:
	@echo 'make          build release into build/release'
	@echo 'make demo     install what is missing, build, fetch a page in the built-in internet'
	@echo 'make test     install what is missing; build and run all tests, then with sanitizers'
	@echo 'make asan     the second half of make test'
	@echo 'make fuzz     every fuzz target for FUZZ_SECONDS ($(FUZZ_SECONDS))'
	@echo 'make soak     random networks for SECONDS ($(SECONDS)) or RUNS, from SEED; PCAP=FILE'
	@echo 'make bench    linnet beside lwIP: a table; JSON lines: build/release/bench.jsonl'
	@echo 'make bench-smoke  the same in seconds: do the benchmarks work?'
	@echo 'make bench-wire  over TAP, AF_PACKET, AF_XDP, beside lwIP, the kernel and nginx'
	@echo 'make tables   docs/GOODPUT.md and its golden files anew: goodput, fairness'
	@echo 'make interop-long  100,000 connections each way, a minute of blackout'
	@echo 'make profile  build release with the core'"'"'s work counted anew (docs/HACKING.md)'
	@echo 'make install  into PREFIX ($(PREFIX)) below DESTDIR'
	@echo 'make format   clang-format over the tree'
	@echo 'make tidy     the style and layer tests alone'
	@echo 'make deps     install everything that any of these needs'
	@echo 'make clean    remove build/'
