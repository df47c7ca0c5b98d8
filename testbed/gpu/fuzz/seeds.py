#!/usr/bin/env python3
# Writes the seeds of the fuzz corpus: programs that behave like the driver and QEMU, and edge cases.
# found-* reproduce bugs of the models that have been fixed. libFuzzer made the rest of the corpus,
# which is named by its hash, from these seeds.
#
# Usage: seeds.py DIRECTORY     writes them into DIRECTORY/cs and DIRECTORY/vfio-user, and those of
#                               the Kaby Lake into DIRECTORY/cs-kbl and DIRECTORY/vfio-user-kbl
#
# A record is an opcode, the length of its operands, and these: see fuzz-cs.c, cs-g33.c, cs-kbl.c
# and fuzz-vfio-user.c. The vfio-user harness of the Kaby Lake runs the messages of the G33 as well.

import os
import struct
import sys


def u8(*v):
    return bytes(x & 0xff for x in v)


def u16(v):
    return struct.pack("<H", v)


def u32(*v):
    return b"".join(struct.pack("<I", x & 0xffffffff) for x in v)


def record(op, operands=b""):
    assert len(operands) < 256
    return u8(op, len(operands)) + operands


# ---- fuzz-cs ----

SETUP, REG, READ, ACCESS, PTE, MEM, COMMAND, STEP, RESET = range(9)
(TAIL, HEAD, START, CTL, HWS, IER, IIR, IMR, ISR, EIR, MODE, ACTHD_R) = range(12)
C0DRB3, C1DRB3, FENCE0 = 22, 23, 27
(NOOP, NOOP_ID, INTERRUPT, WAIT, FLUSH, REPORT, END, STORE, STORE_PHYSICAL, STORE_INDEX, LOAD1, LOAD2,
 REGISTER, REGISTER_PHYSICAL, BATCH, COLOR, COLOR_A, COPY, XY_COLOR, XY_COLOR_A, XY_COPY,
 XY_COPY_RGB, THREED, STATE, PRIMITIVE, INDEXED) = range(26)
MMIO, IO, APERTURE, GTT, CONFIG = range(5)


def setup(imr=2, ier=2):
    return record(SETUP, u8(imr, ier))


def command(kind, *operands, page=0, flip=0):
    return record(COMMAND, u8(page, kind) + u32(flip, *operands))


def reg(n, value):
    return record(REG, u8(n) + u32(value))


def step(n=50, every=0):
    return record(STEP, u8(n, every))


def access(region, how, offset, *data, length=None):
    return record(ACCESS, u8(region, how) + u32(offset) + (u16(length) if length else b"") + u8(*data))


def mem(page, dword, *values):
    return record(MEM, u8(page) + u16(dword) + u32(*values))


def br13(rop, depth, pitch):
    return depth << 24 | rop << 16 | pitch & 0xffff


def xy(x, y):
    return (y & 0xffff) << 16 | x & 0xffff


CS = {
    "nothing": b"",
    "registers": b"".join(reg(i, 0xffffffff) + record(READ, u8(i)) for i in range(35)),
    "store-and-interrupt": setup() + command(STORE, 0x8000, 0x600df00d) + command(STORE_INDEX, 0x80, 7)
    + command(INTERRUPT) + step() + reg(IIR, 2) + record(READ, u8(IIR)),
    "mi": setup() + b"".join(command(k, 0x3000, 5, 0x4000, 6) for k in range(14)) + step(),
    "batch": setup() + command(BATCH, 0x1000) + command(STORE, 0x9000, 1, page=1)
    + command(END, page=1) + step(),
    "batch-non-secure": setup() + command(BATCH, 0x1001) + command(LOAD1, 0x20a0, 2, page=1)
    + command(STORE_PHYSICAL, 0x0c005000, 1, page=1) + command(REGISTER, 0x2034, 0x5000, page=1)
    + command(BATCH, 0x2000, page=1) + command(REGISTER_PHYSICAL, 0x2034, 0x5000, page=2)
    + command(END, page=2) + step(),
    "batch-that-starts-itself": setup() + command(BATCH, 0x1000) + command(BATCH, 0x1000, page=1)
    + step(200) + mem(1, 0, 0x05000000) + step(),
    "reset-in-a-batch": setup() + command(BATCH, 0x1001) + command(BATCH, 0x1001, page=1) + step(9) + record(RESET, u8(1))
    + setup() + step(9) + reg(TAIL, 8) + step(9) + record(RESET, u8(0)),
    "load-registers-beyond": setup() + command(LOAD2, 0x80000, 1, 0xfffffffc, 1) + command(REGISTER, 0x80000, 0x5000) + step(),
    "load-registers": setup() + command(LOAD2, 0x20a8, 0, 0x20a0, 0xffffffff) + command(LOAD1, 0x2034, 0)
    + command(INTERRUPT) + step(),
    "found-step-without-end": setup() + command(LOAD2, 0x203c, 0, 0x203c, 1) + step(),
    "ring-loads-its-own-head": setup() + command(LOAD1, 0x2034, 0) + step(),
    "ring-wraps": setup() + b"".join(command(LOAD2, 0x2094, i, 0x2094, 0) for i in range(40)) + step(255)
    + reg(HEAD, 0xff8) + reg(TAIL, 8) + step(),
    "ring-of-two-megabytes": setup() + reg(CTL, 0x1ff001) + reg(TAIL, 0x1ffff8) + step(255) + reg(HEAD, 0x1ffffc)
    + step(),
    "starved": setup() + mem(0, 0, 0x10400001) + reg(TAIL, 8) + step() + reg(TAIL, 16) + step(),
    "stopped": setup() + command(NOOP) + reg(MODE, 0x01000100) + step() + record(READ, u8(MODE))
    + reg(MODE, 0x01000000) + step(),
    "hang-and-reset": setup() + command(NOOP, flip=0x20000000) + step() + record(READ, u8(ACTHD_R))
    + record(RESET, u8(1)) + setup() + command(NOOP) + step() + record(RESET, u8(0)),
    "3d": setup() + b"".join(command(k, 1, 2, 3) for k in range(THREED, INDEXED + 1)) + step(),
    "color": setup() + command(COLOR, br13(0xf0, 0, 64), 0x00040010, 0x5000, 0x11)
    + command(COLOR_A, br13(0xf0, 3, 0x1000), 0x00040ffc, 0x6000, 0x11223344) + step(),
    "color-with-a-source": setup() + command(COPY, br13(0xcc, 0, 64), 0x00020040, 0x5000, 64, 0x6000)
    + command(COLOR, br13(0xcc, 0, 64), 0x00020040, 0x7000, 0) + step(),
    "found-source-of-another-blit": setup() + mem(6, 0, 0xdeadbeef, 0xdeadbeef)
    + command(COLOR, br13(0xcc, 0, 64), 0x00010040, 0x7000, 0)
    + command(COPY, br13(0xcc, 0, 64), 0x00010008, 0x5000, 64, 0x6000) + step(),
    "copy-backwards": setup() + command(COPY, br13(0xcc, 0, -64) | 1 << 30, 0x00040010, 0x5fff, 64, 0x6fff)
    + step(),
    "xy": setup() + command(XY_COLOR_A, br13(0xf0, 3, 0x100), xy(2, 3), xy(20, 9), 0x5000, 0x55667788)
    + command(XY_COPY, br13(0xcc, 3, 0x100), xy(0, 4), xy(20, 9), 0x5000, xy(0, 3), 0x100, 0x5000)
    + command(XY_COPY_RGB, br13(0x66, 1, 0x80), xy(-3, 0), xy(20, 9), 0x6000, xy(0, 0), 0x100, 0x5000)
    + step(),
    "xy-large-and-reset": setup() + command(XY_COLOR, br13(0xf0, 3, 0x7fff), xy(-32768, -32768), xy(32767, 32767),
                                            0x5000, 1) + step(),
    "xy-others-have-their-turn": setup() + command(XY_COLOR, br13(0xf0, 0, 0x40), xy(0, 0), xy(16, 200), 0x5000, 1)
    + step(50, 5) + reg(IER, 2) + record(PTE, u8(0, 5, 4, 0, 1)) + reg(CTL, 0) + record(RESET, u8(0)),
    "xy-ring-goes-and-comes": setup() + command(XY_COLOR, br13(0xf0, 0, 0x40), xy(0, 0), xy(16, 200), 0x5000, 1)
    + step(50, 5) + reg(CTL, 0) + reg(CTL, 1) + step(50, 1) + reg(HEAD, 0) + reg(IMR, 0),
    "aperture": setup() + access(APERTURE, 0x80 | 2, 0x5000, 1, 2, 3, 4) + access(APERTURE, 7, 0x4ff8, length=64)
    + access(APERTURE, 7 | 0x40, 3, length=64) + access(APERTURE, 0x80 | 7, 0xfff000, length=4096),
    "fence-x": setup() + reg(FENCE0, 0x11) + access(APERTURE, 0x80 | 7, 0x1f0, *range(64), length=600)
    + command(XY_COLOR, br13(0xf0, 0, 0x400), xy(500, 3), xy(530, 9), 0, 7) + step()
    + reg(C0DRB3, 0x00040000) + access(APERTURE, 7, 0x1f0, length=600),
    "fence-y": setup() + reg(FENCE0, 0x1011) + access(APERTURE, 0x80 | 7, 0x70, *range(64), length=600)
    + command(XY_COPY, br13(0xcc, 0, 0x100), xy(0, 0), xy(150, 9), 0x200, xy(20, 1), 0x100, 0) + step(),
    "page-table": setup() + access(GTT, 0x80 | 2, 0x14, 1, 0, 0, 0x0c) + access(GTT, 0x80 | 3, 0x18, 0, 0, 0, 0, 1)
    + access(GTT, 0x80 | 1, 0x22, 0, 0) + access(GTT, 2, 0x14) + record(PTE, u8(5, 0, 3, 2, 2))
    + access(APERTURE, 7, 0x4ff8, length=64) + command(STORE, 0x1ffffffc, 1) + step(),
    "no-memory": setup() + record(PTE, u8(0, 8, 3, 2, 2)) + command(STORE, 0x8000, 1)
    + command(STORE_PHYSICAL, 0x7ffff000, 1) + step() + access(APERTURE, 2, 0x8000),
    "io": access(IO, 0x80 | 2, 0, 0xa8, 0x20, 0, 0) + access(IO, 0x80 | 2, 4, 1, 2, 3, 4) + access(IO, 2, 4)
    + access(IO, 3, 0) + access(IO, 0x80 | 2, 0, 0, 0, 9, 0) + access(IO, 2, 4),
    "config": b"".join(access(CONFIG, 0x80 | 3, i, *([0xfe] * 8)) + access(CONFIG, 3, i)
                       for i in range(0, 256, 8)),
    "config-interrupt-off": setup() + command(INTERRUPT) + step() + access(CONFIG, 0x80, 5, 4)
    + access(CONFIG, 0x80, 5, 0) + reg(IIR, 2),
    "bad-accesses": access(MMIO, 4, 0) + access(MMIO, 2, 1) + access(MMIO, 0x60 | 2, 2) + access(7, 2, 0)
    + access(9, 0xa0, 0) + access(GTT, 0x80 | 5, 0),
    "narrow-writes": b"".join(access(MMIO, 0x80 | w, r, 0xff, 0xff) for r in
                              (0x20a4, 0x209c, 0x20b0, 0x70024, 0x61114, 0x2030) for w in (0, 1)),
}

# ---- fuzz-cs of the Kaby Lake ----

SUBMIT, IMAGE, TABLE, K_TIME = range(9, 13)
RCS, BCS, VCS, VECS = range(4)
(K_NOOP, K_NOOP_ID, K_INTERRUPT, K_ARB_CHECK, K_ARB_ON, K_ARB_OFF, K_END, K_SET_PREDICATE, K_PREDICATE, K_MATH,
 K_SEMAPHORE, K_SEMAPHORE_REGISTER, K_STORE, K_STORE_GGTT, K_STORE_QWORD, K_STORE_LONG, K_STORE_INDEX,
 K_STORE_INDEX_CONTEXT, K_LOAD1, K_LOAD2, K_REGISTER, K_REGISTER_GGTT, K_FLUSH, K_FLUSH_TLB, K_LOAD_MEM, K_LOAD_REG,
 K_COPY_MEM, K_ATOMIC, K_ATOMIC_INLINE, K_BATCH, K_BATCH_GGTT, K_BATCH_SECOND, K_CONDITIONAL_END, K_PIPE_CONTROL,
 K_XY_COLOR, K_XY_COPY, K_FAST_COPY, K_3D, K_3D_ONE, K_MEDIA, K_3D_OTHER, K_RESERVED) = range(42)
# Pages of commands, by their number in COMMAND, and their addresses.
RING_A, RING_B, BATCH_0, BATCH_1 = range(4)
BATCH_AT, DATA_AT, LARGE_AT, MEDIUM_AT, READ_ONLY_AT = 0x10000, 0x14000, 0x200000, 0x400000, 0x28000
# In REG and READ: registers of the engines, 27 each, then the others.
(K_TAIL, K_HEAD, K_START, K_CTL, K_ACTHD, K_ACTHD_UDW, K_HWS, K_MODE, K_IMR, K_EIR, K_EMR, K_RESET, K_BB_STATE, K_BB_ADDR,
 K_BB_ADDR_UDW, K_ELSP, K_STATUS, K_STATUS_HI, K_PDP, K_RING_MODE, K_TIMESTAMP, K_CSB, K_CTX_TIMESTAMP, K_INDIRECT,
 K_PER_CTX, K_NONPRIV, K_GPR) = range(27)
(K_NONPRIV_1, K_GDRST, K_MASTER) = range(108, 111)
K_FLSH, K_FENCE, K_TLB_RCS, K_REGISTERS = 125, 134, 138, 145
GTTMMADR, GMADR = 0, 1
PHYSICAL = 0x0c000000


def k_setup(a=RCS, b=RCS, imr=0xff):
    return record(SETUP, u8(a | b << 2, imr))


def k_submit(how=0, flip=0):
    return record(SUBMIT, u8(how) + u32(flip))


def k_run(how=0, turns=20):
    return k_submit(how) + record(STEP, u8(turns, 0))


def image(n, value, context=0, name=False):
    return record(IMAGE, u8(context, n | (0x80 if name else 0)) + u32(value))


def table(which, index, kind=0, n=0, count=1, flip=0, raw=b""):
    return record(TABLE, u8(which) + u16(index) + u8(count - 1, n, kind, flip) + raw)


def k_time(ms=1):
    return record(K_TIME, u16(100 * ms))


def lri(register, value, page=RING_A):
    return command(K_LOAD1, register, value, page=page)


CALL = command(K_BATCH, BATCH_AT, 0)
END_0 = command(K_END, page=BATCH_0)
GPR_RCS, SPIN = 0x2600, command(K_ARB_CHECK, page=BATCH_0) + command(K_BATCH, BATCH_AT, 0, page=BATCH_0)
# By the number of a register in the image.
I_CONTROL, I_HEAD, I_TAIL, I_START, I_CTL, I_UDW, I_BB, I_BB_STATE, I_SBB_UDW, I_SBB = range(10)
I_PER_CTX, I_INDIRECT, I_PDP_UDW, I_PDP, I_GPR = 11, 12, 21, 22, 27

CS_KBL = {
    "nothing": b"",
    "registers": b"".join(reg(i, 0xffffffff) + record(READ, u8(i)) + reg(i, 0) for i in range(K_REGISTERS)),
    "store-and-interrupt": k_setup() + command(K_STORE, DATA_AT, 0, 0x600df00d) + command(K_STORE_INDEX, 0x80, 7)
    + command(K_INTERRUPT) + k_run() + record(READ, u8(111)) + reg(113, 0xffffffff),
    "mi": k_setup() + b"".join(command(k, DATA_AT, 0, 5, 0, 6) for k in range(K_XY_COLOR) if k not in
                               (K_SEMAPHORE, K_SEMAPHORE_REGISTER, K_END, K_STORE_LONG, K_ATOMIC_INLINE)
                               and not K_BATCH <= k <= K_BATCH_SECOND) + k_run(),
    "each-engine": b"".join(k_setup(e, e) + command(K_STORE_QWORD, DATA_AT + 8 * e, 0, e, e)
                            + command(K_FLUSH, DATA_AT, 0, 1, 2) + k_run() for e in range(4)),
    "batch": k_setup() + CALL + command(K_STORE, DATA_AT, 0, 1, page=BATCH_0) + END_0 + k_run(),
    "batch-not-privileged": k_setup() + CALL + lri(0x2080, 0x3000, BATCH_0) + command(K_STORE_GGTT, 0x8000, 0, 1, page=BATCH_0)
    + command(K_STORE_INDEX, 0x10, 1, page=BATCH_0) + command(K_ARB_OFF, page=BATCH_0) + lri(0x941c, 1, BATCH_0)
    + command(K_BATCH_GGTT, BATCH_AT + 0x1000, 0, page=BATCH_0) + command(K_REGISTER_GGTT, 0x2034, DATA_AT, 0, page=BATCH_1)
    + command(K_END, page=BATCH_1) + k_run(),
    "batch-second-level": k_setup() + CALL + command(K_BATCH_SECOND, BATCH_AT + 0x1000, 0, page=BATCH_0)
    + command(K_STORE, DATA_AT, 0, 2, page=BATCH_1) + command(K_SEMAPHORE, 0, DATA_AT + 64, 0, page=BATCH_1)
    + command(K_END, page=BATCH_1) + END_0 + k_run() + command(K_STORE, DATA_AT, 0, 3, page=RING_B) + k_run(1)
    + mem(20, 16, 1) + k_run(0) + k_time() + record(STEP, u8(20, 0)),
    "spinner": k_setup() + CALL + SPIN + k_run() + b"".join(k_time() + record(STEP, u8(3, 0)) for _ in range(4))
    + mem(16, 0, 0x05000000) + k_time() + record(STEP, u8(9, 0)),
    "preempted": k_setup() + CALL + SPIN + k_run() + command(K_STORE, DATA_AT, 0, 7, page=RING_B) + k_submit(1)
    + k_time() + record(STEP, u8(9, 0)) + k_run(0) + mem(16, 0, 0x05000000) + k_time() + record(STEP, u8(9, 0)),
    "two-elements": k_setup() + command(K_STORE, DATA_AT, 0, 1) + command(K_STORE, DATA_AT + 4, 0, 1, page=RING_B) + k_run(2)
    + k_run(3) + k_run(6),
    "lite-restore": k_setup() + command(K_SEMAPHORE, 0, DATA_AT, 0) + k_run() + command(K_STORE, DATA_AT + 4, 0, 1) + k_run()
    + mem(20, 0, 1) + k_time() + record(STEP, u8(9, 0)),
    "context-of-another-engine": k_setup(RCS, BCS) + command(K_STORE, DATA_AT, 0, 1) + k_run(8 | VCS << 4) + k_run(9),
    "descriptors": k_setup() + b"".join(k_run_flip for k_run_flip in (
        k_submit(0, 1 << i) + record(STEP, u8(5, 0)) + record(RESET, u8(0x83)) for i in range(0, 32, 3))),
    "images": k_setup() + b"".join(image(i, 0xffffffff) + k_run(0, 4) + record(RESET, u8(0x83)) for i in range(35)),
    "images-name-others": k_setup() + b"".join(image(i, v, name=True) + k_run(0, 4) + k_run(1, 4) for i, v in (
        (30, 0x44200), (30, 0x941c), (31, 0x1ffffc), (31, 0x200000), (32, 0xfffffffc), (0, 0x2230))),
    "image-without-end": k_setup() + mem(3, 0x69, *([0] * 40)) + b"".join(mem(3, i, 0) for i in (0x69, 0x6a, 0x6b))
    + k_run(),
    "image-not-mapped": k_setup() + record(PTE, u8(0, 3, 0, 0, 1)) + k_run() + record(RESET, u8(0x83)),
    "workaround-batches": k_setup() + image(I_INDIRECT, BATCH_AT | 1) + image(I_PER_CTX, (BATCH_AT + 0x1000) | 1)
    + command(K_STORE_GGTT, 0x8000, 0, 1, page=BATCH_0) + command(K_STORE_GGTT, 0x8000, 0, 2, page=BATCH_1)
    + command(K_END, page=BATCH_1) + command(K_STORE, DATA_AT, 0, 3) + k_run() + image(I_PER_CTX, 1) + k_run(0, 40),
    "workaround-batch-starts-another": k_setup() + image(I_INDIRECT, BATCH_AT | 0x3f)
    + command(K_BATCH_GGTT, BATCH_AT, 0, page=BATCH_0) + k_run(),
    "ring-wraps": k_setup() + b"".join(command(K_STORE_LONG, DATA_AT, 0, 1) for _ in range(3))
    + image(I_HEAD, 0xff8) + image(I_TAIL, 0xff0) + k_run(),
    "ring-of-two-megabytes": k_setup() + image(I_CTL, 0x1ff001) + image(I_HEAD, 0xfffffffc) + image(I_TAIL, 0xffffffff)
    + k_run(),
    "semaphores": k_setup() + command(K_SEMAPHORE_REGISTER, 0, 0x2358, 0) + k_run() + k_time() + record(STEP, u8(3, 0))
    + command(K_SEMAPHORE, 0, DATA_AT, 0, flip=0x7000) + k_run(4),
    "math": k_setup() + lri(GPR_RCS, 7) + b"".join(command(K_MATH, 0x08008000, 0x08108400, op << 20, 0x18000831)
                                                   for op in (0x100, 0x101, 0x102, 0x103, 0x104))
    + command(K_MATH, 0x480083ff, 0x081087ff, 0x58000c32, 0x180ffc33) + k_run(),
    "predicates": k_setup() + lri(0x2400, 5) + lri(0x2408, 5) + command(K_PREDICATE) + command(K_PREDICATE, flip=0x5b)
    + command(K_BATCH, BATCH_AT, 0, flip=1 << 15) + END_0 + command(K_CONDITIONAL_END, 0, DATA_AT, 0) + k_run(),
    "conditional-end": k_setup() + CALL + command(K_CONDITIONAL_END, 0, DATA_AT, 0, page=BATCH_0) + END_0 + k_run(),
    "atomics": k_setup() + b"".join(command(K_ATOMIC, DATA_AT + 4, 0, flip=(5 ^ op) << 8) for op in range(1, 15))
    + b"".join(command(K_ATOMIC_INLINE, DATA_AT + 0xffc, 0, 1, 2, 3, 4, flip=(0xe ^ op) << 8 | 1 << 16) for op in range(1, 15))
    + k_run(),
    "pipe-control": k_setup() + b"".join(command(K_PIPE_CONTROL, f, DATA_AT, 0, 1, 2) for f in (
        1 << 18, 1 << 14, 2 << 14, 3 << 14, 1 << 14 | 1 << 21, 1 << 14 | 1 << 24, 1 << 8)) + k_run()
    + command(K_PIPE_CONTROL, 1 << 23 | 1 << 14, 0x941c, 0, 2, 0) + k_run(),
    "flush": k_setup(BCS) + command(K_FLUSH_TLB, 0x40, 0, 1) + command(K_FLUSH, DATA_AT | 4, 0, 1, 2)
    + command(K_FLUSH, DATA_AT, 0, 1, 2, flip=2 << 14 | 1 << 8) + k_run(),
    "skipped": k_setup() + command(K_3D, 0, 0) + command(K_3D_ONE) + command(K_MEDIA, 0, 0, 0, 0) + command(K_3D_OTHER) + k_run()
    + command(K_RESERVED) + k_run(4),
    "own-registers": k_setup() + lri(0x2034, 0xffc) + lri(0x2030, 0x40) + lri(0x203c, 0x1ff001) + lri(0x209c, 0x01000100)
    + k_run(0, 60) + reg(K_MODE, 0x01000000) + record(STEP, u8(60, 0)),
    "submits-itself": k_setup() + b"".join(lri(0x2230, v) for v in (0, 0, 1, 0x2119)) + k_run(0, 60),
    "registers-beyond-the-end": k_setup() + lri(0x200000, 1) + lri(0xfffffffc, 1) + command(K_REGISTER, 0x200000, DATA_AT, 0)
    + command(K_LOAD_REG, 0xffffffff, 0x1ffffc) + command(K_LOAD_REG, 0x1ffffc, 0x200000)
    + command(K_LOAD_MEM, 0x200000, DATA_AT, 0) + k_run(),
    "reset-in-a-batch": k_setup() + CALL + SPIN + k_run() + record(RESET, u8(1 | 2 << 1 | 0x80)) + k_run()
    + record(RESET, u8(1 | 1 << 1)) + k_run() + record(RESET, u8(0)) + k_run(),
    "hang-and-reset": k_setup() + command(K_RESERVED) + k_run() + record(READ, u8(K_EIR)) + record(RESET, u8(0x85)) + k_run(),
    "whitelist": k_setup() + reg(K_NONPRIV, 0x7018) + reg(K_NONPRIV_1, 0x24f00 | 3) + CALL + lri(0x7018, 0x10001, BATCH_0)
    + lri(0x24f40, 1, BATCH_0) + END_0 + k_run() + reg(K_NONPRIV, 0x3fffffc) + command(K_STORE, DATA_AT, 0, 1) + k_run(),
    "stale": k_setup() + command(K_STORE, DATA_AT, 0, 1) + k_run() + table(3, 20, 0, 25) + record(RESET, u8(0x81))
    + command(K_STORE, DATA_AT, 0, 2) + k_run() + reg(K_TLB_RCS, 1) + command(K_STORE, DATA_AT, 0, 3) + k_run()
    + table(3, 20, 1) + command(K_STORE, DATA_AT, 0, 4) + k_run() + record(PTE, u8(0, 0, 8, 0, 1)) + reg(K_FLSH, 1) + k_run(),
    "read-only": k_setup() + command(K_STORE, READ_ONLY_AT, 0, 1) + command(K_ATOMIC, READ_ONLY_AT, 0) + k_run(),
    "large-pages": k_setup() + command(K_STORE, LARGE_AT + DATA_AT, 0, 1) + command(K_STORE, LARGE_AT + 0x1ff000, 0, 1)
    + command(K_STORE, MEDIUM_AT + 0x5000, 0, 1) + command(K_STORE, MEDIUM_AT + 0x1fffc, 0, 1)
    + command(K_COPY_MEM, MEDIUM_AT + 0xfffc, 0, LARGE_AT + 0x17ffc, 0) + k_run(),
    "tables-of-themselves": k_setup() + table(0, 511, 0, 12) + command(K_STORE, 0xfffff000, 0xffff, 0x0c014003)
    + command(K_STORE, 0x40201000, 0x8080, 1) + command(K_COPY_MEM, 0xfffffff8, 0xffff, 0xffffffff, 0xffff) + k_run(),
    "tables-nowhere": k_setup() + b"".join(table(i, 0, 2) + command(K_STORE, DATA_AT, 0, 1) + k_run(0, 4)
                                           + table(i, 0, 3, raw=u32(0xffffffff) + u16(0xffff)) + k_run(0, 4) for i in range(4)),
    "pml4-nowhere": k_setup() + image(I_PDP, 0xfffff000) + image(I_PDP_UDW, 0xffffffff) + command(K_STORE, DATA_AT, 0, 1)
    + k_run(),
    "many-translations": k_setup(BCS, BCS) + table(2, 3, 0, 15, 32, flip=16)
    + b"".join(command(K_XY_COLOR, br13(0xf0, 3, 0x1000), xy(0, 0), xy(1, 16), DATA_AT + (i << 21), 0, i)
               for i in range(3, 27)) + k_run(),
    "command-of-16-kib": k_setup() + command(K_MEDIA, flip=0xffc) + k_run(),
    "xy": k_setup(BCS, BCS) + command(K_XY_COLOR, br13(0xf0, 3, 0x100), xy(2, 3), xy(20, 9), DATA_AT, 0, 0x55667788)
    + command(K_XY_COPY, br13(0xcc, 3, 0x100), xy(0, 4), xy(20, 9), DATA_AT, 0, xy(0, 3), 0x100, DATA_AT, 0)
    + command(K_XY_COPY, br13(0x66, 1, 0x80), xy(-3, 0), xy(20, 9), DATA_AT + 0x1000, 0, xy(0, 0), 0x100, DATA_AT, 0)
    + command(K_FAST_COPY, 3 << 24 | 0x100, xy(0, 0), xy(9, 9), DATA_AT, 0, xy(0, 1), 0x100, DATA_AT, 0)
    + command(K_FAST_COPY, 5 << 24 | 0x80, xy(0, 0), xy(9, 9), DATA_AT, 0, xy(0, 1), 0x80, DATA_AT + 0x800, 0) + k_run(),
    "tiled": k_setup(BCS, BCS) + lri(0x22200, 0x30003)
    + command(K_XY_COPY, br13(0xcc, 3, 0x80), xy(0, 0), xy(60, 9), DATA_AT, 0, xy(0, 0), 0x80, DATA_AT, 0, flip=1 << 15 | 1 << 11)
    + lri(0x22200, 0x30000)
    + command(K_XY_COPY, br13(0xcc, 3, 0x80), xy(0, 0), xy(60, 9), DATA_AT, 0, xy(0, 0), 0x80, DATA_AT, 0, flip=1 << 15 | 1 << 11)
    + command(K_FAST_COPY, 3 << 24 | 0x80, xy(0, 0), xy(30, 9), DATA_AT, 0, xy(0, 1), 0x80, DATA_AT, 0, flip=1 << 20 | 2 << 13)
    + k_run() + command(K_XY_COLOR, br13(0xf0, 3, 0), xy(0, 0), xy(9, 9), DATA_AT, 0, 1, flip=1 << 11) + k_run(4),
    "xy-large-and-reset": k_setup(BCS, BCS) + command(K_XY_COLOR, br13(0xf0, 3, 0x7fff), xy(-32768, -32768), xy(32767, 32767),
                                                      DATA_AT, 0, 1) + k_run(),
    "fast-copy-widest": k_setup(BCS, BCS) + command(K_FAST_COPY, 5 << 24 | 0x8000, xy(-32768, 0), xy(32767, 2),
                                                    DATA_AT, 0, xy(0, 0), 0x8000, DATA_AT, 0) + k_run(),
    "color-after-a-copy": k_setup(BCS, BCS) + mem(21, 0, 0xdeadbeef, 0xdeadbeef)
    + command(K_XY_COLOR, br13(0xcc, 3, 0x40), xy(0, 0), xy(4, 1), DATA_AT, 0, 7)
    + command(K_XY_COPY, br13(0xcc, 3, 0x40), xy(0, 0), xy(2, 1), DATA_AT + 0x800, 0, xy(0, 0), 0x40, DATA_AT + 0x1000, 0)
    + k_run(),
    "xy-others-have-their-turn": k_setup(BCS, RCS) + command(K_XY_COLOR, br13(0xf0, 0, 0x40), xy(0, 0), xy(16, 200), DATA_AT, 0, 1)
    + command(K_STORE, DATA_AT, 0, 1, page=RING_B) + k_submit() + record(STEP, u8(9, 5)) + k_submit(1) + reg(K_MASTER, 0)
    + record(PTE, u8(0, 20, 4, 0, 1)) + table(3, 20, 1, 0, 4) + reg(K_FLSH, 1) + record(RESET, u8(1 | 8 << 1)),
    "aperture": k_setup() + access(GMADR, 0x80 | 2, DATA_AT, 1, 2, 3, 4) + access(GMADR, 7, 0x4ff8, length=64)
    + access(GMADR, 7 | 0x40, 3, length=64) + access(GMADR, 0x80 | 7, 0xffff000, length=4096),
    "fences": k_setup() + reg(K_FENCE, 0x14001) + reg(K_FENCE + 1, 0x17003) + access(GMADR, 0x80 | 7, 0x141f0, *range(64), length=600)
    + reg(K_FENCE, 0x14003) + access(GMADR, 7, 0x141f0, length=600) + reg(K_FENCE + 1, 0x17fff) + access(GMADR, 7, 0x14000, length=64)
    + reg(K_FENCE + 2, 1) + reg(K_FENCE + 3, 0xffffffff) + access(GMADR, 0x80 | 7, 0x40, length=300),
    "page-table": k_setup() + access(GTTMMADR, 0x80 | 3, 0x800000 + 8 * 20, 3, 0, 1, 0x0c, 0, 0, 0, 0)
    + access(GTTMMADR, 0x80 | 2, 0x800000 + 8 * 20 + 4, 1) + access(GTTMMADR, 0x80 | 1, 0x800000 + 8 * 21 + 2, 0, 0)
    + access(GTTMMADR, 3, 0x800000 + 8 * 20) + record(PTE, u8(5, 0, 3, 2, 2)) + access(GMADR, 7, DATA_AT, length=64)
    + command(K_STORE_GGTT, 0x3ffffffc, 0, 1) + command(K_STORE_GGTT, 0x40000000, 0, 1) + k_run(),
    "counts": access(GTTMMADR, 3, 0x7f0000) + access(GTTMMADR, 0x80 | 3, 0x7f0000, 1) + access(GTTMMADR, 3, 0x7f00b8)
    + access(GTTMMADR, 2, 0x7f00c0) + access(GTTMMADR, 2, 0x7ffffc) + access(GTTMMADR, 2, 0xfffffc),
    "config": b"".join(access(CONFIG, 0x80 | 3, i, *([0xfe] * 8)) + access(CONFIG, 3, i) for i in range(0, 256, 8)),
    "bad-accesses": access(0, 4, 0) + access(0, 2, 1) + access(0, 0x60 | 2, 2) + access(7, 2, 0) + access(9, 0xa0, 0)
    + access(0, 0x80 | 5, 0) + access(6, 2, 0),
    "narrow-writes": b"".join(access(0, 0x80 | w, r, 0xff, 0xff) for r in
                              (0x20b0, 0x20d0, 0x209c, 0x44200, 0x44308, 0x2230, 0x941c, 0x22200) for w in (0, 1)),
}

# ---- fuzz-vfio-user ----

(RAW, MESSAGE, VERSION, DMA_MAP, DMA_UNMAP, V_READ, WRITE, SET_IRQS, WRITE_MULTI, V_RESET, INFO,
 V_STEP, TIME, V_MEM, CLIENT, GO, MANY) = range(17)
(FD_NONE, FD_RAM, FD_SMALL, FD_PIPE, FD_EVENT, FD_EVENT_BLOCKING, FD_NULL, FD_PIPE_END, FD_READ_ONLY,
 FD_DIRECTORY, FD_HUGE, FD_SEALED) = range(12)
NO_REPLY, HOLD = 0x40, 0x80
(TAKE_INTERRUPT, CLOG, UNCLOG, SECOND, STOP, GONE, SILENT, SPLIT, FULL, BLOCK) = range(10)


def dma_map(page, pages, offset=0, how=0, fd=FD_RAM, rest=b""):
    return record(DMA_MAP, u8(fd, page, pages, offset, how) + rest)


def dma_unmap(page, pages, how=0):
    return record(DMA_UNMAP, u8(0, page, pages, how))


def read(region, offset, count, fd=0):
    return record(V_READ, u8(fd, region) + u32(offset) + u16(count))


def write(region, offset, count, data=b"", fd=0):
    return record(WRITE, u8(fd, region) + u32(offset) + u16(count) + data)


def irqs(flags, index=0, start=0, count=1, data=b"", fd=0):
    return record(SET_IRQS, u8(fd, flags, index, start, count) + data)


def client(what, n=0):
    return record(CLIENT, u8(what, n))


def ptes(first, count, page):
    return write(GTT, first * 4, count * 4, b"".join(u32(0x0c000001 + (page + i) * 4096) for i in range(count)))


def v_mem(page, dword, *values):
    return record(V_MEM, u8(page) + u16(dword) + u32(*values))


HELLO, SHARE, BUSY, VISITOR, STRANGER = b"\0", 2, 4, 8, 1
CONNECT = irqs(0x24, fd=FD_EVENT)
MASK, UNMASK = irqs(0x09), irqs(0x11)
RAISE = dma_map(0, 64) + ptes(0, 8, 0) + v_mem(1, 0, 0x01000000, 0) + record(GO, u8(0, 1)) + record(V_STEP, u8(9))
ACK = read(MMIO, 0x20a4, 4) + write(MMIO, 0x20a4, 4, u32(2))

VFIO_USER = {
    "nothing": HELLO,
    "visitor": u8(VISITOR),
    "versions": u8(STRANGER) + b"".join(record(VERSION, u8(0, i)) for i in (2, 4, 5, 6, 7, 0x80, 9, 3)),
    "version-with-no-descriptors": u8(STRANGER | SHARE) + record(VERSION, u8(0, 1)) + record(INFO, u8(0, 1, 3)),
    "not-agreed": u8(STRANGER) + read(MMIO, 0, 4) + record(V_RESET),
    "info": u8(SHARE) + record(INFO, u8(0, 0)) + b"".join(record(INFO, u8(0, 1, i)) for i in range(10))
    + b"".join(record(INFO, u8(0, 2, i)) for i in range(6)) + record(INFO, u8(0, 1, 1, 8)),
    "dma": HELLO + dma_map(0, 16) + dma_map(32, 16, 16) + dma_map(16, 16, 8, fd=FD_NONE) + dma_map(8, 2) + dma_map(50, 4)
    + dma_map(49, 2) + dma_map(31, 4)
    + dma_unmap(16, 16) + dma_unmap(0, 8) + dma_unmap(0, 16) + dma_unmap(0, 0, 3),
    "dma-descriptors": HELLO + b"".join(dma_map(i * 4, 2, fd=i) for i in range(12)) + dma_map(0, 1, fd=0x11)
    + dma_map(0, 1, fd=0x21),
    "dma-edges": HELLO + dma_map(0, 1, how=0x18, rest=u32(0xffffffff, 0xffffffff)) + dma_map(1, 1, how=0x40, rest=u8(8))
    + dma_map(2, 200, fd=FD_RAM) + dma_map(3, 1, 63, how=0x20, rest=u32(0x7fffffff))
    + dma_map(4, 1, how=2) + dma_map(4, 1, how=0x80, rest=u32(8)) + dma_map(0, 0),
    "dma-huge": HELLO + dma_map(0, 0, how=0x10, rest=u32(0x10), fd=FD_HUGE)
    + dma_map(0, 0, how=0x10, rest=u32(0x7ffffff0), fd=FD_HUGE),
    "dma-many": HELLO + record(MANY, u8(0) + u16(1060) + u8(0)) + dma_unmap(0, 0, 3),
    "read-too-much": HELLO + b"".join(record(MESSAGE, u8(0, 9, 0, 0) + u32(0, 0, 2, n)) for n in (0, 0x10001, 0x7000000)),
    "regions": HELLO + b"".join(read(i, 0, 4) + write(i, 4, 4, b"\1\2\3\4") for i in range(9)),
    "region-sizes": HELLO + b"".join(read(0, 0x20a1, n) for n in (1, 2, 3, 5, 7, 8, 9, 64, 4096))
    + read(CONFIG + 3, 0, 256) + read(2, 0, 0xffff) + read(0, 0x7fffc, 8) + read(0x87, 1 << 31, 4),
    "large": HELLO + write(GTT, 0, 0xffff, b"\1") + read(GTT, 0, 0xffff) + read(APERTURE, 0x100, 0x8000),
    "config": HELLO + write(7, 0, 256, u8(*([0xff] * 200))) + read(7, 0, 256) + write(7, 0xc0, 1, u8(1)),
    "write-multi": HELLO + record(WRITE_MULTI, u8(0, 0) + b"".join(
        u8(r) + u16(n) + u32(0x2080) + u32(1) for r, n in ((0, 4), (0, 8), (2, 4), (3, 2), (0, 9)))),
    "write-multi-lies": HELLO + record(WRITE_MULTI, u8(0, 0x85) + bytes(11)),
    "reset": HELLO + RAISE + record(V_RESET) + read(MMIO, 0x2030, 32) + record(V_RESET, u8(0) + bytes(1)),
    "interrupt": HELLO + CONNECT + RAISE + client(TAKE_INTERRUPT) + UNMASK + ACK + record(V_STEP, u8(9)),
    "interrupt-taken-back": HELLO + CONNECT + RAISE + ACK,
    "interrupt-deadline": u8(BUSY) + CONNECT + RAISE + client(TAKE_INTERRUPT) + UNMASK + record(TIME, u32(2000))
    + read(MMIO, 0x2030, 4) + client(TAKE_INTERRUPT) + read(MMIO, 0x20a4, 4) + UNMASK + record(TIME, u32(2000000))
    + read(MMIO, 0, 4),
    "interrupt-deadline-asleep": HELLO + CONNECT + RAISE + client(TAKE_INTERRUPT) + client(SILENT) + UNMASK,
    "interrupt-masked": HELLO + CONNECT + MASK + RAISE + UNMASK + irqs(0x21) + irqs(0x22, data=b"\1")
    + irqs(0x0a, data=b"\0") + irqs(0x21, count=0) + irqs(0x24),
    "interrupt-full": HELLO + CONNECT + client(FULL) + irqs(0x21) + RAISE,
    "found-eventfd-blocks-read": HELLO + CONNECT + RAISE + client(BLOCK) + client(TAKE_INTERRUPT) + ACK,
    "found-eventfd-blocks-write": HELLO + CONNECT + client(FULL) + client(BLOCK) + RAISE,
    "interrupt-descriptors": HELLO + b"".join(irqs(0x24, fd=i) for i in range(12)) + irqs(0x24, fd=0x14)
    + irqs(0x24, fd=0x34),
    "irqs-edges": HELLO + b"".join(irqs(f, i, s, c) for f, i, s, c in (
        (0x21, 1, 0, 0), (0x21, 1, 0, 1), (0x21, 9, 0, 1), (0x21, 0, 1, 1), (0x21, 0, 1, 0), (0x23, 0, 0, 1),
        (0x0c, 0, 0, 1), (0x38, 0, 0, 1), (0x22, 0, 0, 1))) + record(SET_IRQS, u8(0, 0xe1, 0) + bytes(12)),
    "other-commands": HELLO + b"".join(record(MESSAGE, u8(0, i, 0, 0)) for i in range(20)),
    "flags": HELLO + record(MESSAGE, u8(NO_REPLY, 13)) + record(MESSAGE, u8(0, 13, 0x20)) + record(MESSAGE, u8(0, 13, 0x80)),
    "reply-type": HELLO + record(MESSAGE, u8(0, 13, 1)),
    "unknown-type": HELLO + record(MESSAGE, u8(0, 13, 2)),
    "too-small": HELLO + record(MESSAGE, u8(0, 13, 0, 0xff)),
    "too-large": HELLO + record(RAW, u8(0) + u32(0x000d0001, 0x10021, 0, 0)),
    "raw": HELLO + record(RAW, u8(0) + u32(0x000d0001, 16, 0, 0)) + record(RAW, u8(FD_RAM) + u32(0x000d0001)),
    "held": HELLO + b"".join(read(MMIO, 0x2030 + 4 * i, 4, fd=HOLD) for i in range(6)) + read(MMIO, 0, 4),
    "held-with-descriptors": HELLO + read(MMIO, 0, 4, fd=HOLD) + dma_map(0, 4, fd=FD_RAM | HOLD)
    + dma_map(8, 4, fd=FD_RAM | HOLD) + read(MMIO, 0, 4),
    "split": HELLO + client(SPLIT, 3) + read(MMIO, 0, 4) + client(SPLIT, 15) + dma_map(0, 4) + client(SPLIT, 20)
    + dma_map(8, 4) + client(SPLIT, 200) + write(GTT, 0, 4096),
    "stalls": HELLO + client(SILENT) + record(RAW, u8(0) + u32(0x000d0001)),
    "stops-in-the-middle": HELLO + record(RAW, u8(0) + u32(0x000d0001)),
    "reads-no-replies": HELLO + client(CLOG) + b"".join(read(GTT, 0, 0xffff) for _ in range(6)),
    "reads-them-later": HELLO + client(CLOG) + b"".join(read(GTT, 0, 0x4000) for _ in range(4)) + client(UNCLOG)
    + read(MMIO, 0, 4),
    "second-client": HELLO + client(SECOND) + read(MMIO, 0, 4) + record(TIME, u32(20000)) + read(MMIO, 0, 4) + client(SECOND),
    "stop": HELLO + read(MMIO, 0, 4) + client(STOP) + record(TIME, u32(20000)) + read(MMIO, 0, 4),
    "stop-asleep": HELLO + client(STOP) + client(SILENT),
    "stop-while-clogged": HELLO + client(CLOG) + client(STOP) + b"".join(read(GTT, 0, 0xffff) for _ in range(6)),
    "gone": HELLO + read(MMIO, 0, 4) + read(MMIO, 0, 4, fd=HOLD) + client(GONE),
    "gone-before-its-reply": HELLO + client(CLOG) + read(MMIO, 0, 4, fd=HOLD) + read(MMIO, 0, 4, fd=HOLD) + client(GONE),
    "blit": HELLO + RAISE + v_mem(1, 0, 0x54300004, br13(0xf0, 3, 0x100), xy(2, 3), xy(20, 9), 0x3000, 7)
    + record(GO, u8(0, 3)) + record(V_STEP, u8(9)) + read(APERTURE, 0x3300, 64),
    "streamer-and-unmap": HELLO + RAISE + v_mem(1, 0, 0x10400001, 0x2000, 7) + record(GO, u8(0, 2)) + record(V_STEP, u8(9))
    + dma_unmap(0, 64) + record(GO, u8(0, 2)) + record(V_STEP, u8(9)),
}

# Those that have to do with the device; the others are the same. MSI is another index of SET_IRQS.
K_CONNECT = irqs(0x24, index=1, fd=FD_EVENT)
K_RAISE = dma_map(0, 64) + v_mem(1, 0, 0x01000000, 0) + record(GO, u8(0, 1, RCS)) + record(V_STEP, u8(9))
# Of four levels, from page 6 on, for the addresses of the first 64 pages; entries are 64 bits.
K_TABLES = b"".join(v_mem(p, 0, 0x0c000003 + ((p + 1) << 12), 0) for p in (6, 7, 8)) + b"".join(
    v_mem(9, 2 * i, 0x0c000003 + (i << 12), 0) for i in range(64))


def k_ptes(first, count, page):
    return write(0, 0x800000 + 8 * first, 8, u32(0x0c000003 + (page << 12), 0)) * count


VFIO_USER_KBL = {
    "regions": HELLO + b"".join(read(i, 0, 4) + write(i, 4, 4, b"\1\2\3\4") for i in range(9)),
    "region-sizes": HELLO + b"".join(read(0, 0x20a1, n) for n in (1, 2, 3, 5, 7, 8, 9, 64, 4096))
    + read(0, 0x7f0000, 8) + read(0, 0x800000, 8) + read(2, 0, 0xffff) + read(0, 0xfffffc, 8) + read(0x87, 1 << 31, 4),
    "large": HELLO + k_ptes(0, 3, 5) + write(2, 0, 0xffff, b"\1") + read(2, 0x100, 0x8000) + read(2, 0x100, 0xffff),
    "config": HELLO + write(7, 0, 256, u8(*([0xff] * 200))) + read(7, 0, 256) + write(7, 0x92, 2, u8(1, 0)) + read(7, 0x90, 8),
    "interrupt": HELLO + K_CONNECT + K_RAISE + client(TAKE_INTERRUPT) + read(0, 0x44308, 4) + write(0, 0x44308, 4, u32(0x101))
    + write(0, 0x44200, 4, u32(0x80000000)),
    "interrupt-moves": HELLO + K_CONNECT + irqs(0x24, index=1, fd=FD_EVENT_BLOCKING) + K_RAISE + irqs(0x24, index=1, count=0)
    + K_RAISE + irqs(0x24, index=1, fd=FD_EVENT | 0x10) + irqs(0x24, index=1, start=1, fd=FD_EVENT) + K_CONNECT,
    "interrupt-full": HELLO + K_CONNECT + client(FULL) + irqs(0x21, index=1) + K_RAISE,
    "interrupt-blocks": HELLO + K_CONNECT + client(FULL) + client(BLOCK) + K_RAISE,
    "interrupt-descriptors": HELLO + b"".join(irqs(0x24, index=1, fd=i) for i in range(12)) + irqs(0x24, index=1, fd=0x14)
    + irqs(0x24, index=1, fd=0x34) + irqs(0x24, index=0, fd=FD_EVENT),
    "irqs-edges": HELLO + b"".join(irqs(f, i, s, c) for f, i, s, c in (
        (0x21, 0, 0, 1), (0x21, 1, 0, 0), (0x21, 1, 0, 1), (0x21, 9, 0, 1), (0x21, 1, 1, 1), (0x22, 1, 0, 1), (0x09, 1, 0, 1),
        (0x11, 1, 0, 1), (0x0c, 1, 0, 1), (0x38, 1, 0, 1))) + record(SET_IRQS, u8(0, 0xe1, 1) + bytes(12)),
    "reset": HELLO + K_CONNECT + K_RAISE + record(V_RESET) + read(0, 0x2030, 32) + K_RAISE,
    "shared-page-table": u8(SHARE) + K_RAISE + read(0, 0x800008, 8) + k_ptes(1, 1, 60) + record(GO, u8(0, 1, BCS)) + record(V_STEP, u8(9)),
    "batch-in-the-ppgtt": HELLO + dma_map(0, 64) + K_TABLES + v_mem(1, 0, 0x18800101, 0x20000, 0, 0) + v_mem(32, 0, 0x10000002, 0x21000, 0, 7)
    + v_mem(32, 4, 0x05000000) + record(GO, u8(0, 2, VCS)) + record(V_STEP, u8(9)),
    "blit": HELLO + dma_map(0, 64) + K_TABLES + v_mem(1, 0, 0x54300005, br13(0xf0, 3, 0x100), xy(2, 3), xy(20, 9), 0x20000, 0, 7, 0)
    + record(GO, u8(0, 4, BCS)) + record(V_STEP, u8(9)),
    "streamer-and-unmap": HELLO + K_RAISE + v_mem(1, 0, 0x10400002, 0x6000, 0, 7) + record(GO, u8(0, 2, RCS)) + record(V_STEP, u8(9))
    + dma_unmap(0, 64) + record(GO, u8(0, 2, RCS)) + record(V_STEP, u8(9)),
    "tables-and-unmap": HELLO + dma_map(0, 6) + dma_map(6, 4, 6) + K_TABLES + v_mem(1, 0, 0x10000002, 0x20000, 0, 7)
    + record(GO, u8(0, 2, RCS)) + record(V_STEP, u8(9)) + dma_unmap(6, 4) + record(GO, u8(0, 2, RCS)) + record(V_STEP, u8(9)),
}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: seeds.py DIRECTORY")
    for name, seeds in (("cs", CS), ("vfio-user", VFIO_USER), ("cs-kbl", CS_KBL), ("vfio-user-kbl", VFIO_USER_KBL)):
        os.makedirs(os.path.join(sys.argv[1], name), exist_ok=True)
        for seed, data in seeds.items():
            with open(os.path.join(sys.argv[1], name, seed if seed.startswith("found-") else "seed-" + seed), "wb") as f:
                f.write(data)


main()
