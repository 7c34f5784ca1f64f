# The front door; the build itself is Meson's (meson.build).
PREFIX ?= /usr/local

.PHONY: help demo test mutants attack model soak referee referee-paths bench build fuzz coverage lint install

help:
	@echo 'make demo     the kernel talks to tern over a TUN device, every segment explained'
	@echo 'make test     every test, with gcc, with clang and its sanitizers, and under emulation for s390x (big-endian)'
	@echo 'make mutants  each MUST of RFC 9293, and core rules of other RFCs, switched off one by one: its tests must notice'
	@echo 'make attack   the classes of attacks: their tests, and each published flaw put back in turns one of them red'
	@echo 'make soak     connections that come and go for two hours of virtual time, and for twenty minutes of real time'
	@echo 'make model    spin searches the model of both ends and a bad channel: nothing wrong, and each broken piece is found'
	@echo 'make referee  our packetdrill scripts on this kernel, by the original tool (root, PACKETDRILL=path)'
	@echo 'make referee-paths  tern beside the kernel over the same impaired paths (root, PATHS=options of bench/paths)'
	@echo 'make bench    throughput, round trips, connections a second, bytes a connection'
	@echo 'make build    build/tern and libtern'
	@echo 'make fuzz     each fuzzer for FUZZ_SECONDS (600)'
	@echo 'make coverage  lines and branches of the core that the fuzzers and the tests reach'
	@echo 'make lint     format, static analysis, sizes, layers'
	@echo 'make install  into PREFIX (/usr/local), below DESTDIR'

demo:
	@tools/setup build demo
	@tools/build build
	build/tern demo

test:
	@tools/setup build test
	@tools/run-tests

mutants:
	@tools/setup build test
	@tools/run-mutants

attack:
	@tools/setup build test
	@tools/run-mutants --attacks

soak:
	@tools/setup build test
	@tools/soak

model:
	@tools/setup build test
	@tools/model

referee:
	@tools/referee

referee-paths:
	@tools/setup build demo
	@TARGETS='tern bench-programs' tools/build build
	bench/paths $(PATHS)

bench:
	@tools/setup build demo
	@TARGETS='tern bench-programs' tools/build build
	bench/run

build:
	@tools/setup build
	@tools/build build

fuzz:
	@tools/setup build fuzz
	@tools/run-fuzz $(or $(FUZZ_SECONDS),600)

coverage:
	@tools/setup build test fuzz
	@tools/coverage --least 20

lint:
	@tools/setup build test lint
	@tools/run-lint

install: build
	meson configure build -Dprefix=$(PREFIX)
	meson install -C build
