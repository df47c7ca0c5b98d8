/* SPDX-License-Identifier: MIT */
/*
 * The registers, PCI configuration fields, structures in memory and commands that the model
 * implements. Offsets are into BAR0 unless noted. Names are those of the PRM or, where it has none,
 * of i915; each group cites its source. Any other register is plain memory.
 */
#ifndef KBL_REGS_H
#define KBL_REGS_H

/*
 * Registers of an engine, relative to its base. PRM vol. 2c; i915: gt/intel_engine_regs.h. Bases:
 * gt/intel_engine_cs.c, intel_engines[].
 */
#define RCS_BASE                0x002000u
#define VCS_BASE                0x012000u
#define VECS_BASE               0x01a000u
#define BCS_BASE                0x022000u

#define RING_TAIL               0x30u
#define   TAIL_ADDR             0x001ffff8u
#define RING_HEAD               0x34u
#define   HEAD_WRAP_ONE         (1u << 21)
#define   HEAD_WRAP_COUNT       0xffe00000u
#define   HEAD_ADDR             0x001ffffcu
#define RING_START              0x38u
#define   START_ADDR            0xfffff000u
#define RING_CTL                0x3cu
#define   RING_NR_PAGES         0x001ff000u /* pages - 1, at bit 12 */
#define   RING_VALID            (1u << 0)
#define RING_PSMI_CTL           0x50u       /* masked */
#define RING_ACTHD_UDW          0x5cu       /* computed */
#define RING_IPEHR              0x68u       /* header of the last command */
#define RING_INSTDONE           0x6cu       /* all ones: all units are idle */
#define RING_ACTHD              0x74u       /* computed: active head */
#define RING_HWS_PGA            0x80u
#define RING_NOPID              0x94u
#define RING_MI_MODE            0x9cu       /* masked */
#define   MODE_STOP_RING        (1u << 8)
#define   MODE_IDLE             (1u << 9)   /* computed */
#define RING_IMR                0xa8u       /* bits as in GT_IIR */
#define RING_EIR                0xb0u       /* write one to clear */
#define   ERROR_INSTRUCTION     (1u << 0)
#define RING_EMR                0xb4u       /* masks interrupts by bits of EIR */
#define RING_ESR                0xb8u
#define RING_INSTPM             0xc0u       /* masked */
#define RING_RESET_CTL          0xd0u       /* masked */
#define   RESET_REQUEST         (1u << 0)
#define   RESET_READY           (1u << 1)
#define RING_BB_STATE           0x110u      /* computed */
#define   BB_STATE_PPGTT        (1u << 5)
#define RING_SBB_ADDR           0x114u
#define RING_SBB_STATE          0x118u
#define RING_SBB_ADDR_UDW       0x11cu
#define RING_BB_ADDR            0x140u
#define   BB_ADDR_VALID         (1u << 0)
#define RING_BB_ADDR_UDW        0x168u
#define RING_BB_PER_CTX_PTR     0x1c0u
#define   BB_PER_CTX_VALID      (1u << 0)
#define RING_INDIRECT_CTX       0x1c4u      /* address, size in cache lines in 5:0 */
#define   INDIRECT_CTX_SIZE     0x3fu
#define RING_INDIRECT_CTX_OFFSET 0x1c8u
#define RING_ELSP               0x230u      /* write only, four times */
#define RING_EXECLIST_STATUS    0x234u
#define   EXECLIST_ACTIVE_STATUS (1u << 14)
#define RING_EXECLIST_STATUS_HI 0x238u      /* id of the running context */
#define RING_CONTEXT_CONTROL    0x244u      /* masked */
#define   CTX_RESTORE_INHIBIT   (1u << 0)
#define RING_PDP(n)             (0x270u + 8 * (n)) /* and its upper half at + 4 */
#define RING_MODE               0x29cu      /* GFX_MODE; masked */
#define   RUN_LIST_ENABLE       (1u << 15)
#define RING_TIMESTAMP          0x358u      /* computed, 12 MHz */
#define RING_CONTEXT_STATUS_PTR 0x3a0u      /* masked: bits 10:8 read, 2:0 write pointer */
#define   CSB_WRITE_PTR         0x7u
#define RING_CTX_TIMESTAMP      0x3a8u      /* runs while a context is loaded */
#define RING_PREDICATE_SRC0     0x400u      /* 64 bits each */
#define RING_PREDICATE_SRC1     0x408u
#define RING_PREDICATE_DATA     0x410u
#define RING_PREDICATE_RESULT   0x418u      /* of MI_PREDICATE */
/* For MI_BATCH_BUFFER_START. i915: i915_perf.c alloc_noa_wait(). */
#define RING_PREDICATE_RESULT_1 0x41cu
#define RING_FORCE_TO_NONPRIV   0x4d0u      /* twelve registers */
#define   NONPRIV_SLOTS         12u
#define   NONPRIV_ADDRESS       0x03fffffcu
#define   NONPRIV_RANGE         0x3u        /* 1, 4, 16, 64 registers */
#define   NONPRIV_DENY          (1u << 30)
#define RING_GPR                0x600u      /* sixteen of 64 bits */
#define   GPRS                  16u

#define TIMESTAMP_HZ            12000000ull /* CTC_MODE below; i915: gt/intel_gt_clock_utils.c */

/* In the hardware status page. i915: gt/intel_engine_types.h, i915_drv.h I915_HWS_CSB_*. */
#define HWS_CSB                 0x40u       /* six entries of 64 bits */
#define   CSB_ENTRIES           6u
#define HWS_CSB_WRITE           0x7cu

/* Context status, low half of an entry; the id is the high half. PRM vol. 3, "Context Status". */
#define CSB_IDLE_TO_ACTIVE      (1u << 0)
#define CSB_PREEMPTED           (1u << 1)
#define CSB_ELEMENT_SWITCH      (1u << 2)
#define CSB_ACTIVE_TO_IDLE      (1u << 3)
#define CSB_COMPLETE            (1u << 4)
#define CSB_LITE_RESTORE        (1u << 15)

/* Context descriptor. PRM vol. 2d, "Context Descriptor Format"; i915: gt/intel_lrc.c. */
#define DESC_VALID              (1u << 0)
#define DESC_FORCE_RESTORE      (1u << 2)
#define DESC_MODE(d)            (((d) >> 3) & 3)
#define   DESC_MODE_64B         3u          /* 48 bits, four levels */
#define DESC_LRCA               0xfffff000u /* GGTT address of the per-process status page */
#define LRC_STATE               4096u       /* of the register state after LRCA */
#define LRC_STATE_DWORDS        0x400u      /* one page, laid out by the driver */
#define LRC_MORE                8192u       /* of further state that the model saves for rcs0 */

/*
 * Interrupts. PRM vol. 2c; i915: i915_reg.h GEN8_*, include/drm/intel/intel_gmd_interrupt_regs.h.
 */
#define MASTER_IRQ              0x44200u
#define   MASTER_ENABLE         (1u << 31)
#define GT_ISR(n)               (0x44300u + 16 * (n))
#define GT_IMR(n)               (0x44304u + 16 * (n))
#define GT_IIR(n)               (0x44308u + 16 * (n)) /* write one to clear */
#define GT_IER(n)               (0x4430cu + 16 * (n))
#define   GT_BANKS              4u
#define   GT_USER_INTERRUPT     (1u << 0)
#define   GT_MASTER_ERROR       (1u << 3)
#define   GT_PIPE_NOTIFY        (1u << 4)
#define   GT_CONTEXT_SWITCH     (1u << 8)
#define   GT_WAIT_SEMAPHORE     (1u << 11)

/* Reset. i915: gt/intel_reset.c, i915_reg.h GEN6_GDRST. Bits: those of struct engine_info. */
#define GDRST                   0x941cu
#define   GDRST_FULL            (1u << 0)

/* Forcewake: a request is acknowledged at once. i915: intel_uncore.c, gt/intel_gt_regs.h. */
#define FORCEWAKE_RENDER        0xa278u     /* masked */
#define FORCEWAKE_GT            0xa188u     /* masked */
#define FORCEWAKE_MEDIA         0xa270u     /* masked */
#define FORCEWAKE_ACK_RENDER    0x0d84u
#define FORCEWAKE_ACK_GT        0x130044u
#define FORCEWAKE_ACK_MEDIA     0x0d88u

/* RC6. i915: gt/intel_rc6.c intel_rc6_park(), intel_rc6_residency_ns(). */
#define RC_CONTROL              0xa090u
#define   RC6_ENABLE            (1u << 18)
#define RC6_RESIDENCY           0x138108u   /* computed */
#define   RC6_RESIDENCY_NS      1280u

/* Frequency: a request takes effect at once. i915: gt/intel_gt_regs.h, gt/intel_rps.c. */
#define RPNSWREQ                0xa008u
#define RPSTAT                  0xa01cu     /* computed */
#define   RPS_FREQUENCY         0xff800000u

#define GFX_FLSH_CNTL           0x101008u   /* i915: gt/intel_ggtt.c gen8_ggtt_invalidate() */
#define PCODE_MAILBOX           0x138124u   /* i915: intel_pcode.c */
#define   PCODE_READY           (1u << 31)
#define   PCODE_COMMAND         0xffu
#define   PCODE_WRITE_MIN_FREQ  0x08u       /* data: GPU 7:0, CPU 15:8, ring 23:16 */
#define   PCODE_READ_MIN_FREQ   0x09u       /* data: GPU; result: CPU 7:0, ring 15:8 */
#define PCODE_DATA              0x138128u
#define   PCODE_ERROR           0xffu

/* Constants: fuses and clocks. i915: gt/intel_sseu.c, gt/intel_gt_clock_utils.c, gt/intel_rps.c. */
#define FUSE2                   0x9120u
#define   FUSE2_ONE_SLICE       (1u << 25 | 1u << 23) /* slice 0 on, subslice 3 off */
#define CTC_MODE                0xa26cu
#define   CTC_MODE_12MHZ        0x4u        /* divide by one, crystal clock */
#define RP_STATE_CAP            0x145998u
#define   RP_STATE_CAP_VALUE    0x00070717u /* 1150, 350, 350 MHz in units of 50 */
/* 0: the context was lost in RC6. i915: gt/intel_rc6.c rc6_ctx_corrupted(). */
#define RC6_CTX_INFO            0x8504u
#define   RC6_CTX_INFO_VALID    0x1u
/* Display fuses. i915: display/intel_display_device.c. */
#define DFSM                    0x51000u
#define   DFSM_NO_PIPES         (1u << 30 | 1u << 28 | 1u << 21)
#define GUC_STATUS              0xc000u     /* i915: gt/uc/intel_guc_fw.c */
#define   GUC_IN_RESET          (1u << 0)

/* Other masked registers: bits 31:16 select which of bits 15:0 are written. */
#define BCS_SWCTRL              0x22200u    /* PRM vol. 10 */
#define   SWCTRL_SRC_Y          (1u << 0)
#define   SWCTRL_DST_Y          (1u << 1)

/* Fences. i915: gt/intel_ggtt_fencing.c i965_write_fence_reg(), gen6 form. */
#define FENCE(i)                (0x100000u + 8 * (i))
#define   FENCES                32u
#define   FENCE_VALID           (1u << 0)
#define   FENCE_TILING_Y        (1u << 1)

/* PCI configuration space. */
#define PCI_GGC                 0x50u       /* PRM vol. 2c, "GGC"; i915: gt/intel_ggtt.c */
#define   GGC_GTT_2M            (1u << 6)
#define PCI_MSI                 0x90u
#define PCI_PM                  0xd0u

/* Page table entries. PRM vol. 5, "Per-Process GTT", "Page walk"; i915: gt/intel_gtt.h. */
#define PTE_PRESENT             (1ull << 0)
#define PTE_WRITABLE            (1ull << 1)
#define PTE_ADDR                0x00003ffffffff000ull /* bits 45:12 */
#define PDE_64K                 (1ull << 11)
#define PDE_2M                  (1ull << 7)
#define PPGTT_BITS              48u

/*
 * Commands. PRM vol. 2a; i915: gt/intel_gpu_commands.h. Client 31:29; MI opcode 28:23, 2D opcode
 * 28:22, 3D subtype 28:27, opcode 26:24.
 */
#define CMD_CLIENT(c)           ((c) >> 29)
#define   CLIENT_MI             0
#define   CLIENT_2D             2
#define   CLIENT_3D             3
#define MI_OPCODE(c)            (((c) >> 23) & 0x3f)
#define   MI_NOOP               0x00
#define     MI_NOOP_WRITE_ID    (1u << 22)
#define   MI_SET_PREDICATE      0x01
#define   MI_USER_INTERRUPT     0x02
#define   MI_WAIT_FOR_EVENT     0x03
#define   MI_FLUSH              0x04
#define   MI_ARB_CHECK          0x05
#define   MI_RS_CONTROL         0x06
#define   MI_REPORT_HEAD        0x07
#define   MI_ARB_ON_OFF         0x08
#define   MI_BATCH_BUFFER_END   0x0a
#define   MI_SUSPEND_FLUSH      0x0b
#define   MI_PREDICATE          0x0c
#define   MI_TOPOLOGY_FILTER    0x0d
#define   MI_SET_APPID          0x0e
#define   MI_RS_CONTEXT         0x0f
#define   MI_SINGLE_DWORD_LAST  0x0f
#define   MI_MATH               0x1a
#define   MI_SEMAPHORE_SIGNAL   0x1b
#define   MI_SEMAPHORE_WAIT     0x1c
#define     SEMAPHORE_REGISTER  (1u << 16)
#define     SEMAPHORE_COMPARE(c) (((c) >> 12) & 7)
#define   MI_STORE_DATA_IMM     0x20
#define     STORE_QWORD         (1u << 21)
#define   MI_STORE_DATA_INDEX   0x21
#define   MI_LOAD_REGISTER_IMM  0x22
#define   MI_STORE_REGISTER_MEM 0x24
#define   MI_FLUSH_DW           0x26
#define     FLUSH_TLB           (1u << 18)
#define     FLUSH_STORE_INDEX   (1u << 21)
#define     FLUSH_NOTIFY        (1u << 8)
#define     FLUSH_ADDR_GGTT     (1u << 2) /* in the address */
#define     POST_SYNC(c)        (((c) >> 14) & 3) /* of MI_FLUSH_DW and PIPE_CONTROL */
#define       POST_SYNC_WRITE   1u
#define       POST_SYNC_COUNT   2u        /* depth count: 0 in the model */
#define       POST_SYNC_TIME    3u
#define   MI_CLFLUSH            0x27
#define   MI_REPORT_PERF_COUNT  0x28
#define   MI_LOAD_REGISTER_MEM  0x29
#define   MI_LOAD_REGISTER_REG  0x2a
#define   MI_COPY_MEM_MEM       0x2e
#define   MI_ATOMIC             0x2f
#define   MI_BATCH_BUFFER_START 0x31
#define     BB_START_PPGTT      (1u << 8)
#define     BB_START_PREDICATE  (1u << 15)
#define     BB_START_SECOND     (1u << 22)
#define   MI_CONDITIONAL_BATCH_BUFFER_END 0x36
#define   MI_GLOBAL_GTT         (1u << 22) /* of most commands with an address */
#define PIPE_CONTROL(c)         (((c) & 0xffff0000u) == 0x7a000000u)
#define   PC_TLB                (1u << 18)
#define   PC_STORE_INDEX        (1u << 21)
#define   PC_MMIO_WRITE         (1u << 23)
#define   PC_GLOBAL_GTT         (1u << 24)
#define   PC_NOTIFY             (1u << 8)
#define   XY_FAST_COPY_BLT      0x42
#define   XY_COLOR_BLT          0x50
#define   XY_SRC_COPY_BLT       0x53
#define   BLT_SRC_TILED         (1u << 15)
#define   BLT_DST_TILED         (1u << 11)
#define   FAST_SRC_TILING(c)    (((c) >> 20) & 3) /* 0 linear, 1 X, 2 Y, 3 64K */
#define   FAST_DST_TILING(c)    (((c) >> 13) & 3)
#define FAST_DEPTH(b)           (((b) >> 24) & 7) /* 0 8, 1 16, 3 32, 4 64, 5 128 bits */

#endif
