# The front door. Everything is built by Meson and Ninja; these targets install what is missing and call them.
#
#   make run      build and start the server on an example zone (loopback, port 5300)
#   make test     build and run all tests
#   make bench    build for speed and list the benchmarks
#   make fuzz     build the fuzz targets and run each for FUZZ_SECONDS (default 60)
#   make format   clang-format all sources
#   make install  PREFIX=/usr/local DESTDIR=
#   make uninstall  what the last install laid down
#
# What is installed or measured is built with profile-guided optimisation (scripts/train), unless PGO=0.

PREFIX ?= /usr/local
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
LOCALSTATEDIR ?= $(if $(filter /usr,$(PREFIX)),/var,$(PREFIX)/var)
DESTDIR ?=
BUILD ?= build
CC ?= cc
FUZZ_SECONDS ?= 60
RUN_PORT ?= 5300
PGO ?= 1

.PHONY: all packages run test bench fuzz format check-format install uninstall clean

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

# Packages that are there cost a blink, and a newer version may need others.
packages:
	@scripts/install-packages build

$(BUILD)/build.ninja: | packages
	meson setup $(BUILD) --buildtype=release -Db_lto=true --prefix=$(PREFIX) \
		--sysconfdir=$(SYSCONFDIR) --localstatedir=$(LOCALSTATEDIR) $(MESON_ARGS)

run: $(BUILD)/build.ninja
	@ninja -C $(BUILD) programs
	@BUILD=$(BUILD) RUN_PORT=$(RUN_PORT) scripts/run-example

test:
	scripts/install-packages build test
	scripts/run-tests

bench: $(BUILD)/build.ninja
	scripts/install-packages build test bench
	test $(PGO) = 0 || scripts/train $(BUILD)
	ninja -C $(BUILD)
	@cat bench/README.md

fuzz:
	scripts/install-packages build test
	FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/run-fuzz

format:
	git ls-files '*.[ch]' | xargs clang-format -i

check-format:
	git ls-files '*.[ch]' | xargs clang-format --dry-run --Werror

install: $(BUILD)/build.ninja
	meson configure $(BUILD) --prefix=$(PREFIX) --sysconfdir=$(SYSCONFDIR) --localstatedir=$(LOCALSTATEDIR)
	test $(PGO) = 0 || scripts/train $(BUILD)
	ninja -C $(BUILD)
	DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

uninstall:
	ninja -C $(BUILD) uninstall

clean:
	rm -rf build build-*
