# Each target is one script. Variables of the command line reach the script in its environment; the
# header of the script describes them.

help: ## show this list (default)
	@sed -nE 's/^([a-z][a-z-]*):.*## /  \1\t/p; s/^## (.*)/\n\1/p' $(MAKEFILE_LIST) | expand -t 16

## Try the series

demo: deps ## table of pages pinned after each event, stock and patched (GPU=kbl by default)
	@testbed/workloads/events/demo.sh

module: ## build i915.ko for the running kernel, to load for one boot (KERNEL_HEADERS, SOURCE)
	@scripts/module.sh

dkms: deps ## a package that builds and installs this module for Debian 13's kernels
	@scripts/dkms.sh

image: deps ## a USB stick that tests the series on an Intel GPU (FIRMWARE=yes: for newer GPUs)
	@testbed/image/build.sh

clients: deps ## pages that Vulkan, OpenGL and OpenCL leave pinned, stock and patched (Kaby Lake)
	@testbed/workloads/clients/table.sh

## Change the series

apply: deps ## make a kernel work tree with the series as commits (KERNEL=path: on your base)
	@scripts/series/apply.sh

reroll: ## write patches/ and series from that tree (WORK=path: another), show the range-diff
	@scripts/series/reroll.sh

igt-reroll: ## write igt-tests/ from the branch that is checked out in IGT=path
	@scripts/series/igt-reroll.sh

bases: deps ## a table of the other kernels to which the series applies
	@scripts/series/bases.sh

shell: deps ## a shell in a guest with an emulated GPU (KERNEL=path; SHARE=dir: at /mnt there)
	@testbed/vm/shell.sh

## Test the series

check: deps ## run every test (tests/*.t, TAP, by prove)
	@scripts/check.sh

lint: deps ## run the two tests that take a minute: lint and apply
	@prove --timer tests/01-lint.t tests/10-apply.t

live: deps ## i915's live selftests on an emulated GPU, stock and patched (40 minutes)
	@testbed/workloads/selftests/live-table.sh

igt: deps ## IGT subtests of igt-tests/ on an emulated GPU: stock, patched and mutants
	@testbed/workloads/igt/table.sh

faults: deps ## inject faults into every call; memory pressure with swap and without
	@testbed/workloads/faults/run.sh

ends: deps ## test hang, reset, unbind, unload and suspend with releases pending
	@testbed/workloads/ends/run.sh

soak: deps ## random work for HOURS=n (SEED=n repeats a run)
	@testbed/workloads/soak/run.sh

sanitize: deps ## selftests, events and IGT subtests on KCSAN and PREEMPT_RT kernels
	@tests/sanitize/run.sh

backport: deps ## test patches/6.12 on Linux 6.12: style, build, events, IGT subtests
	@scripts/series/backport.sh

mutants: deps ## check that the tests catch each of tests/mutants/*.patch
	@tests/mutants/run.sh

model: deps ## check the Promela model with Spin, and that Spin finds each planted fault
	@tests/model/run.sh

fuzz: deps ## fuzz the device models with libFuzzer (clang), SECONDS=600 each (GPU: one model)
	@testbed/gpu/fuzz/run.sh -t $(or $(SECONDS),600)

coverage: deps ## list the lines of i915_gem_userptr.c that never ran, with the reason
	@tests/coverage/run.sh

proof: ## write Documentation/proof.md from the last results of all these
	@tests/proof/run.sh

## Measure

bench: deps ## costs and gains of the series (hours; ROUNDS=5, SEED=n; QUICK=1 to try it)
	@testbed/workloads/bench/run.sh -w

latency: deps ## how long others wait while userptrs lose their memory, stock and patched
	@testbed/workloads/latency/run.sh

## Send the series

mbox: deps ## write the series as mails, an mbox for each thread (PART=1, 2 or all; PREVIOUS=path)
	@scripts/series/mbox.sh

send: deps ## check these mails, print recipients and commands, send nothing (PART, SIGNOFF)
	@scripts/series/send.sh

## Maintain

pictures: deps ## like demo, and write its picture into Documentation/pictures/
	@testbed/workloads/events/demo.sh -w

deps: ## install missing Debian packages (the list is in scripts/deps.sh)
	@scripts/deps.sh

clean-cache: ## remove downloads and builds, but no work tree, nor a base kernel that one uses
	@scripts/clean-cache.sh

## Variables: KERNEL=path, CONFIG=debug, fast ..., GPU=g33 or kbl, ACCEL=kvm, QEMU=path, CACHE=dir

.PHONY: help demo module dkms image pictures check lint apply reroll shell live igt igt-reroll bases mutants model sanitize faults ends clients latency soak fuzz coverage proof deps clean-cache backport mbox send bench
