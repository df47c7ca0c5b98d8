# Thin: each target is one script. Variables of the command line reach the script in its environment: KERNEL=path (a kernel checkout), CACHE=dir, QEMU=binary,
# ACCEL=kvm, GPU=kbl (another emulated GPU than the G33) and what else the header of the script
# names.

help: ## show this list (default)
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: deps ## from nothing to a table, on Debian's kernel: how many pages stock keeps pinned and the patched i915 releases (CONFIG=debug: with KASAN)
	@testbed/workloads/events/demo.sh

module: ## i915.ko with the series for the kernel that this machine runs, to be tried for one boot; installs nothing (KERNEL_HEADERS, SOURCE)
	@scripts/module.sh

dkms: deps ## a package that builds and installs that module for each of Debian 13's kernels
	@scripts/dkms.sh

image: deps ## a USB stick that tests the series on a machine with an Intel GPU (FIRMWARE=yes: with the firmware of newer ones)
	@testbed/image/build.sh

pictures: deps ## like demo, and write its picture into Documentation/pictures/
	@testbed/workloads/events/demo.sh -w

diagrams: ## draw the diagrams of Documentation/ (needs npm and chromium)
	@scripts/diagrams.sh

check: deps ## run every test (tests/*.t, TAP, by prove)
	@scripts/check.sh

lint: deps ## run only the two tests that take a minute: lint and apply
	@prove --timer tests/01-lint.t tests/10-apply.t

apply: deps ## make a kernel work tree with the series as commits, for developers (KERNEL=path: on your base)
	@scripts/series/apply.sh

reroll: ## write patches/ and series from that work tree (or WORK=path), show the range-diff
	@scripts/series/reroll.sh

shell: deps ## open a shell in a guest with the emulated GPU (KERNEL=path: your own kernel as it is; SHARE=dir: at /mnt in the guest)
	@testbed/vm/shell.sh

live: deps ## run all groups of i915's live selftests on the emulated GPU, stock beside patched (40 minutes)
	@testbed/workloads/selftests/live-table.sh

igt: deps ## run the subtests of igt-tests/ on the emulated GPU: stock, patched and mutants side by side
	@testbed/workloads/igt/table.sh

igt-reroll: ## write igt-tests/ from the branch that is checked out in IGT=path
	@scripts/series/igt-reroll.sh

mbox: deps ## write the series as mails, an mbox a thread, for b4 (PART=1, 2 or all; PREVIOUS=what was sent: the next version)
	@scripts/series/mbox.sh

send: deps ## check that it is ready to be sent, print recipients and commands; sends nothing (PART; SIGNOFF='Name <address>')
	@scripts/series/send.sh

bases: deps ## show on which other kernels the series applies (a table)
	@scripts/series/bases.sh

mutants: deps ## check that the tests catch each of tests/mutants/*.patch
	@tests/mutants/run.sh

model: deps ## check the Promela model of the protocol with Spin, and that it finds each fault that its switches add
	@tests/model/run.sh

sanitize: deps ## run selftests, events and IGT subtests on a KCSAN kernel and on PREEMPT_RT
	@tests/sanitize/run.sh

backport: deps ## test patches/6.12 on Linux 6.12: style, applies, builds; events and IGT subtests on the testbed
	@scripts/series/backport.sh

faults: deps ## inject faults into every call; memory pressure with swap and without
	@testbed/workloads/faults/run.sh

ends: deps ## hangs and resets, unbind and unload, suspend, while cancels are queued
	@testbed/workloads/ends/run.sh

clients: deps ## show what a user's program loses on stock: Mesa on the emulated Kaby Lake, stock beside patched
	@testbed/workloads/clients/table.sh

latency: deps ## measure how long others wait while userptrs lose their memory, on stock and on the patched kernel
	@testbed/workloads/latency/run.sh

soak: deps ## random work for HOURS=n (SEED=n repeats a run)
	@testbed/workloads/soak/run.sh

bench: deps ## measure costs and gains: stock, middle and end of the series, 6.1 if built (hours; ROUNDS=5, SEED=n; QUICK=1 to try it)
	@testbed/workloads/bench/run.sh -w

fuzz: deps ## fuzz the device models with libFuzzer (clang): vfio-user messages and command streamers, SECONDS=600 each (GPU=g33 or kbl: one model)
	@testbed/gpu/fuzz/run.sh -t $(or $(SECONDS),600)

coverage: deps ## show which lines of i915_gem_userptr.c ran in all that was run, and why the others did not
	@tests/coverage/run.sh

proof: ## write Documentation/proof.md from the last results of all these
	@tests/proof/run.sh

deps: ## install the Debian packages that are missing
	@scripts/deps.sh

clean-cache: ## remove all that was downloaded and built (but not the work tree of 'make apply')
	@scripts/clean-cache.sh

.PHONY: help demo module dkms image pictures diagrams check lint apply reroll shell live igt igt-reroll bases mutants model sanitize faults ends clients latency soak fuzz coverage proof deps clean-cache backport mbox send bench
