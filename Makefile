# Thin: each target is one script in scripts/. KERNEL=path (a kernel checkout), CACHE=dir, QEMU=binary, ACCEL=kvm are passed on.
export KERNEL CACHE CHROMIUM QEMU ACCEL WORK SHARE SERIES CONFIG G33 GPU_MODE FORMAT IGT IGT_LIBRARY IGT_TIMEOUT LOCKDEP FULL HOURS SEED SUBTESTS PREVIOUS SIGNOFF QUICK ROUNDS PEER

help: ## this list (default)
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: deps ## from nothing to the table: what stock keeps pinned, what the patched kernel gives back
	@testbed/workloads/events/demo.sh

pictures: deps ## the same, and puts the picture that comes of it into Documentation/pictures/
	@testbed/workloads/events/demo.sh -w

diagrams: ## pictures of the diagrams in Documentation/ (needs npm and chromium)
	@scripts/diagrams.sh

check: deps ## every test (tests/*.t, TAP, run by prove)
	@scripts/check.sh

lint: deps ## only two tests that take a minute: lint, apply
	@prove --timer tests/01-lint.t tests/10-apply.t

apply: deps ## a kernel work tree with the series as commits, for developers (KERNEL=path: on your base)
	@scripts/series/apply.sh

reroll: ## regenerate patches/ and series from that work tree (or WORK=path), show the range-diff
	@scripts/series/reroll.sh

shell: deps ## a shell in the guest with the emulated GPU (KERNEL=path: your own kernel as it is; SHARE=dir: at /mnt in the guest)
	@testbed/vm/shell.sh

live: deps ## all groups of i915's live selftests on the emulated GPU, stock beside patched (40 minutes)
	@testbed/workloads/selftests/live-table.sh

igt: deps ## the subtests of igt-tests/ on the emulated GPU: stock, patched and mutants side by side
	@testbed/workloads/igt/table.sh

igt-reroll: ## regenerate igt-tests/ from the branch that is checked out in IGT=path
	@scripts/series/igt-reroll.sh

mbox: deps ## both series as mails, one mbox each, for b4 (PREVIOUS=path of the version that was sent: the next one)
	@scripts/series/mbox.sh

send: deps ## is all ready to be sent, to whom, with which commands; sends nothing (SIGNOFF='Name <address>')
	@scripts/series/send.sh

bases: deps ## on which other kernels the series applies (a table)
	@scripts/series/bases.sh

mutants: deps ## every tests/mutants/*.patch: is it caught?
	@tests/mutants/run.sh

model: deps ## the Promela model of the protocol, checked by Spin, and each of its switches found
	@tests/model/run.sh

sanitize: deps ## selftests, events and IGT subtests on a KCSAN kernel and on PREEMPT_RT
	@tests/sanitize/run.sh

backport: deps ## patches/6.12 on Linux 6.12: style, applies, builds; events and IGT subtests on the testbed
	@scripts/series/backport.sh

faults: deps ## faults injected into every call, memory pressure with swap and without
	@testbed/workloads/faults/run.sh

ends: deps ## hangs and resets, unbind and unload, suspend, with cancels queued
	@testbed/workloads/ends/run.sh

soak: deps ## random work for HOURS=n (SEED=n repeats a run)
	@testbed/workloads/soak/run.sh

bench: deps ## what it costs and buys: stock, middle and end of the series, 6.1 if built; ROUNDS=5, SEED=n, QUICK=1 to try it (hours)
	@testbed/workloads/bench/run.sh -w

fuzz: deps ## libFuzzer (clang) on the device model: vfio-user messages, command streamer, SECONDS=600 each
	@testbed/gpu/fuzz/run.sh -t $(or $(SECONDS),600)

coverage: deps ## which lines of i915_gem_userptr.c ran in all that was run, why not the others
	@tests/coverage/run.sh

proof: ## Documentation/proof.md again, of the last results of all these
	@tests/proof/run.sh

deps: ## install the Debian packages that are missing
	@scripts/deps.sh

clean-cache: ## remove all that was downloaded and built (but not the work tree of 'make apply')
	@scripts/clean-cache.sh

.PHONY: help demo pictures diagrams check lint apply reroll shell live igt igt-reroll bases mutants model sanitize faults ends soak fuzz coverage proof deps clean-cache backport mbox send bench
