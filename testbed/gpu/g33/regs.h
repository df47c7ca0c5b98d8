/* SPDX-License-Identifier: MIT */
/*
 * The registers, PCI configuration fields and commands that the model implements. Offsets are into
 * BAR0 unless noted. Names are those of the PRM; each group cites its source. Any other register
 * reads back the value last written.
 */
#ifndef G33_REGS_H
#define G33_REGS_H

/* Fences. i915: gt/intel_ggtt_fencing.c i915_write_fence_reg(), gt/intel_gt_regs.h. */
#define FENCE_REG(i)          ((i) < 8 ? 0x2000u + 4 * (i) : 0x3000u + 4 * ((i) - 8))
#define FENCE_COUNT           16
#define FENCE_START           0x0ff00000u /* of the region, a multiple of 1 MiB */
#define FENCE_TILING_Y        (1u << 12)
#define FENCE_SIZE_LOG2(f)    (((f) >> 8) & 0xf) /* 1 MiB << this */
#define FENCE_PITCH_LOG2(f)   (((f) >> 4) & 0x7) /* in tile widths */
#define FENCE_VALID           (1u << 0)

/*
 * Primary ring. PRM vol. 1, "Ring Buffer Registers"; i915: gt/intel_engine_regs.h with
 * RENDER_RING_BASE 0x2000.
 */
#define PRB0_TAIL             0x2030u
#define   TAIL_ADDR           0x001ffff8u
#define PRB0_HEAD             0x2034u
#define   HEAD_WRAP_ONE       (1u << 21)
#define   HEAD_WRAP_COUNT     0xffe00000u
#define   HEAD_ADDR           0x001ffffcu
#define PRB0_START            0x2038u
#define   START_ADDR          0xfffff000u
#define PRB0_CTL              0x203cu
#define   RING_NR_PAGES       0x001ff000u /* pages - 1, at bit 12 */
#define   RING_VALID          (1u << 0)

/* Hardware status page. On the G33 its address is a graphics address, not physical (i915_pci.c). */
#define HWS_PGA               0x2080u
#define   HWS_ADDR            0xfffff000u
#define INSTDONE              0x2090u /* all ones: all units are idle */
#define NOPID                 0x2094u
#define MI_MODE               0x209cu /* masked; gt/intel_engine_cs.c intel_engine_stop_cs() */
#define   MODE_STOP_RING      (1u << 8)
#define   MODE_IDLE           (1u << 9) /* computed */
#define ACTHD                 0x20c8u /* computed: active head; gen3: gt/intel_engine_cs.c */

/* Interrupts. PRM vol. 1, "Interrupt Control Registers". */
#define IER                   0x20a0u
#define IIR                   0x20a4u /* write one to clear */
#define IMR                   0x20a8u
#define ISR                   0x20acu
#define   USER_INTERRUPT      (1u << 1)
#define EIR                   0x20b0u /* write one to clear */

/* Masked registers: bits 31:16 select which of bits 15:0 are written. */
#define INSTPM                0x20c0u
#define MI_ARB_STATE          0x20e4u
#define CACHE_MODE_0          0x2120u
#define ECOSKPD               0x21d0u

/*
 * Registers that the driver accesses even with the display disabled. i915: display/,
 * intel_gmbus_reset() and similar initialisation.
 */
#define GMBUS2                0x5108u
#define   GMBUS_HW_RDY        (1u << 11)
#define   GMBUS_NAK           (1u << 10)
#define GPIO_FIRST            0x5010u /* GPIOA to GPIOH: 0x5010 .. 0x502c */
#define GPIO_LAST             0x502cu
#define   GPIO_IN             ((1u << 4) | (1u << 12)) /* clock and data read high: bus idle */
#define CLKCFG                0x10c00u /* front side bus and memory clock: i915: soc/intel_dram.c */
#define   CLKCFG_VALUE        0x2u
/*
 * 16 bits each: the last DRAM boundary of channels 0 and 1. If they are equal, the channels are
 * interleaved and bit 6 is swizzled. i915: gt/intel_ggtt_fencing.c detect_bit_6_swizzle()
 */
#define C0DRB3                0x10206u
#define C1DRB3                0x10606u
#define PORT_HOTPLUG_STAT     0x61114u /* write one to clear, as are the two below */
#define PIPEASTAT             0x70024u
#define PIPEBSTAT             0x71024u
#define   PIPESTAT_STATUS     0x0000ffffu /* bits 31:16 are the enables */

/* PCI configuration space. */
#define GDRST                 0xc0u /* i915: gt/intel_reset.c g33_do_reset() */
#define   GDRST_RESET         (1u << 0)
#define ASLS                  0xfcu /* no OpRegion */

/*
 * Page table entries: bits 35:32 of the address are at 7:4. intel-gtt: i830_write_entry() and
 * i965_write_entry()
 */
#define PTE_VALID             (1u << 0)
#define PTE_ADDR(pte)         ((uint64_t)((pte) & 0xfffff000u) | (uint64_t)((pte) & 0xf0u) << 28)

/*
 * Commands: client 31:29; MI opcode 28:23, 2D opcode 28:22, 3D opcode 28:24. PRM vol. 1, "Memory
 * Interface Commands", "BLT Engine".
 */
#define CMD_CLIENT(c)         ((c) >> 29)
#define   CLIENT_MI           0
#define   CLIENT_2D           2
#define   CLIENT_3D           3
#define MI_OPCODE(c)          (((c) >> 23) & 0x3f)
#define   MI_NOOP             0x00
#define     MI_NOOP_WRITE_ID  (1u << 22)
#define   MI_USER_INTERRUPT   0x02
#define   MI_WAIT_FOR_EVENT   0x03
#define   MI_FLUSH            0x04
#define   MI_ARB_CHECK        0x05
#define   MI_REPORT_HEAD      0x07
#define   MI_ARB_ON_OFF       0x08
#define   MI_BATCH_BUFFER_END 0x0a
#define   MI_STORE_DWORD_IMM  0x20
#define   MI_STORE_DWORD_INDEX 0x21
#define   MI_LOAD_REGISTER_IMM 0x22
#define   MI_STORE_REGISTER_MEM 0x24
#define     MI_GLOBAL_GTT     (1u << 22) /* graphics address, otherwise physical */
#define   MI_BATCH_BUFFER_START 0x31
#define     MI_BATCH_NON_SECURE (1u << 0) /* in the address */
#define   COLOR_BLT           0x40
#define   SRC_COPY_BLT        0x43
#define   XY_COLOR_BLT        0x50
#define   XY_SRC_COPY_BLT     0x53
#define BR13_RIGHT_TO_LEFT    (1u << 30) /* SRC_COPY_BLT, COLOR_BLT */

#endif
