# SPDX-License-Identifier: Apache-2.0
# The few words a newcomer needs, in front of meson.
BUILD ?= build

help:
	@echo "make build   the program, in $(BUILD)/egret"
	@echo "make demo    an npm package steals a dummy key: without egret, denied, allowed (root; a minute)"
	@echo "make check   unit tests and the rules of the tree (no root; a minute)"
	@echo "make test    everything: check, the scenarios here, the scenarios under other kernels (root)"
	@echo "make clean   removes $(BUILD)"

$(BUILD)/build.ninja:
	meson setup $(BUILD)

build: $(BUILD)/build.ninja
	ninja -C $(BUILD)

demo:
	tools/install-deps --build --test
	$(MAKE) build
	EGRET=$(CURDIR)/$(BUILD)/egret demo/run

check: build
	tests/run --check

test:
	tools/install-deps
	$(MAKE) build
	tests/run

clean:
	rm -rf $(BUILD)

.PHONY: help build demo check test clean
