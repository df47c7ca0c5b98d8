// SPDX-License-Identifier: MIT
/*
 * A bare-metal guest for QEMU's -kernel (multiboot). Measures how long accesses to the emulated G33
 * take, whether loads overtake stores to the same memory through the aperture, and whether
 * interrupts are lost or come without a cause. Prints the results on the first serial port and
 * turns the machine off; bench.sh runs it. It handles interrupts as i915 does: reads IIR, writes
 * IIR, then sends the end of interrupt (through the I/O APIC).
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

__asm__(".section .text.first, \"ax\"\n"
	".align 4\n"
	".long 0x1badb002, 0, -0x1badb002\n"
	".globl _start\n"
	"_start:\n"
	"	mov $stack + 65536, %esp\n"
	"	call go\n"
	"1:	hlt\n"
	"	jmp 1b\n"
	"on_interrupt:\n"
	"	pusha\n"
	"	cld\n"
	"	call interrupt\n"
	"	popa\n"
	"	iret\n"
	"on_spurious:\n"
	"	iret\n");

void go(void);
void interrupt(void);
void on_interrupt(void);
void on_spurious(void);

uint8_t stack[65536];

static void outb(uint16_t port, uint8_t v) { __asm__ volatile("outb %0, %1" : : "a"(v), "d"(port)); }
static void outw(uint16_t port, uint16_t v) { __asm__ volatile("outw %0, %1" : : "a"(v), "d"(port)); }
static void outl(uint16_t port, uint32_t v) { __asm__ volatile("outl %0, %1" : : "a"(v), "d"(port)); }
static uint8_t inb(uint16_t port) { uint8_t v; __asm__ volatile("inb %1, %0" : "=a"(v) : "d"(port)); return v; }
static uint32_t inl(uint16_t port) { uint32_t v; __asm__ volatile("inl %1, %0" : "=a"(v) : "d"(port)); return v; }

static uint64_t tsc(void)
{
	uint32_t a, d;

	__asm__ volatile("rdtsc" : "=a"(a), "=d"(d));
	return (uint64_t)d << 32 | a;
}

void *memcpy(void *to, const void *from, unsigned int n)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	return to;
}

static void put(char c)
{
	while (!(inb(0x3fd) & 0x20))
		;
	outb(0x3f8, (uint8_t)c);
}

static void number(uint32_t v, unsigned int width)
{
	char s[12];
	unsigned int i = 0;

	do
		s[i++] = (char)('0' + v % 10);
	while (v /= 10);
	for (; width > i; width--)
		put(' ');
	while (i)
		put(s[--i]);
}

/* Supports only %u, %U (ten columns wide) and %s. */
static void print(const char *f, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, f);
	for (; *f; f++) {
		if (*f != '%') {
			put(*f);
		} else if (*++f == 's') {
			for (s = va_arg(ap, const char *); *s; s++)
				put(*s);
		} else {
			number(va_arg(ap, uint32_t), *f == 'U' ? 10 : 0);
		}
	}
	va_end(ap);
}

enum { G33 = 2 << 11 }; /* 00:02.0 */

static uint32_t config(uint32_t reg)
{
	outl(0xcf8, 0x80000000 | reg);
	return inl(0xcfc);
}

static void set_config(uint32_t reg, uint32_t v)
{
	outl(0xcf8, 0x80000000 | reg);
	outl(0xcfc, v);
}

/*
 * As g33/overlay.sh does in Linux: moves the BAR of QEMU's ivshmem-plain, which has the same memory
 * as BAR3 of the G33, to the address of BAR3. The BAR that is mapped last is on top.
 */
static bool overlay(uint32_t bar3)
{
	uint32_t slot;

	for (slot = 3; slot < 32; slot++) {
		if (config(slot << 11) != 0x11101af4)
			continue;
		set_config(slot << 11 | 0x1c, 0);
		set_config(slot << 11 | 0x18, bar3);
		set_config(slot << 11 | 0x04, 2);
		return true;
	}
	return false;
}

static uint32_t mhz;
static volatile uint32_t *mmio, *gtt, *aperture;
static volatile uint32_t *const lapic = (void *)0xfee00000, *const ioapic = (void *)0xfec00000;

enum { TAIL = 0x2030 / 4, HEAD = 0x2034 / 4, START = 0x2038 / 4, CTL = 0x203c / 4, HWS = 0x2080 / 4, IER = 0x20a0 / 4, IIR = 0x20a4 / 4,
       IMR = 0x20a8 / 4 };

static uint32_t ring[1024] __attribute__((aligned(4096)));
static volatile uint32_t page[1024] __attribute__((aligned(4096)));
static uint32_t status[1024] __attribute__((aligned(4096)));

static volatile uint32_t taken, spurious;

void interrupt(void)
{
	uint32_t iir = mmio[IIR];

	if (iir) {
		mmio[IIR] = iir;
		taken++;
	} else {
		spurious++;
	}
	lapic[0xb0 / 4] = 0;
}

static uint32_t samples[20000];

static void shell_sort(uint32_t *a, unsigned int n)
{
	unsigned int gap, i, j;
	uint32_t v;

	for (gap = n / 2; gap; gap /= 2) {
		for (i = gap; i < n; i++) {
			v = a[i];
			for (j = i; j >= gap && a[j - gap] > v; j -= gap)
				a[j] = a[j - gap];
			a[j] = v;
		}
	}
}

static void result(const char *what, unsigned int n)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		sum += samples[i];
	shell_sort(samples, n);
	/* Floating point, as 64-bit division would need libgcc. */
#define NS(t) ((uint32_t)((double)(t) * 1000 / mhz))
	print("%s %U %U %U %U\n", what, NS(samples[0]), NS(samples[n / 2]), NS((double)sum / n), NS(samples[n / 100 * 99]));
}

static void measure(const char *what, volatile uint32_t *p, bool write, unsigned int n)
{
	unsigned int i;
	uint64_t t;

	for (i = 0; i < n; i++) {
		t = tsc();
		if (write)
			*p = 0;
		else
			(void)*p;
		samples[i] = (uint32_t)(tsc() - t);
	}
	result(what, n);
}

static struct gate {
	uint16_t low, selector, flags, high;
} __attribute__((packed)) idt[256];

static void set_up_interrupts(void)
{
	struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (uint32_t)idt };
	uint16_t cs;
	unsigned int i;

	__asm__("mov %%cs, %0" : "=r"(cs));
	for (i = 0; i < 256; i++) {
		uint32_t f = (uint32_t)(i == 0x40 ? on_interrupt : on_spurious);

		idt[i] = (struct gate){ (uint16_t)f, cs, 0x8e00, (uint16_t)(f >> 16) };
	}
	__asm__ volatile("lidt %0" : : "m"(idtr));
	outb(0x21, 0xff); /* mask all interrupts of the two 8259 */
	outb(0xa1, 0xff);
	lapic[0xf0 / 4] = 0x1ff;
	for (i = 16; i < 24; i++) { /* all PCI inputs: level-triggered, vector 0x40, to this CPU */
		ioapic[0] = 0x10 + 2 * i;
		ioapic[4] = 0x8040;
		ioapic[0] = 0x11 + 2 * i;
		ioapic[4] = 0;
	}
	__asm__ volatile("sti");
}

static uint32_t tail;

static void emit(uint32_t command)
{
	ring[tail / 4] = command;
	tail = (tail + 4) & 4095;
}

/* One interrupt at a time; measures from the write of TAIL until the handler is done. */
static void interrupts_single(unsigned int n)
{
	uint32_t before = spurious, lost = 0, want;
	unsigned int i;
	uint64_t t;

	for (i = 0; i < n; i++) {
		want = taken + 1;
		emit(0x01000000); /* MI_USER_INTERRUPT */
		emit(0);
		t = tsc();
		mmio[TAIL] = tail;
		while (taken < want && tsc() - t < (uint64_t)mhz * 10000000)
			;
		samples[i] = (uint32_t)(tsc() - t);
		if (taken < want) {
			lost++;
			break;
		}
	}
	result("interrupt       ", i);
	print("lost %u, without a cause %u\n", lost, spurious - before);
}

static bool wait_for_more_than(uint32_t seen, uint32_t seconds, bool traffic)
{
	uint64_t t = tsc(), limit = (uint64_t)mhz * 1000000 * seconds;

	while (taken == seen && tsc() - t < limit) {
		if (traffic)
			aperture[0] = 1;
	}
	return taken != seen;
}

/*
 * Many interrupts while the CPU accesses the aperture, so that QEMU takes accesses for the end of
 * an interrupt that is not handled yet. Interrupts may merge, but each round must deliver at least
 * one. On a busy machine the accesses may delay it, as QEMU's thread that raises the line may not
 * get to run between them: such an interrupt counts as late.
 */
static void interrupts_in_traffic(unsigned int n)
{
	uint32_t before = spurious, begin = taken, seen, lost = 0, late = 0;
	unsigned int i, j;

	for (i = 0; i < n && !lost; i++) {
		for (j = 0; j < 8; j++) {
			emit(0x01000000);
			emit(0);
		}
		seen = taken;
		mmio[TAIL] = tail;
		for (j = 0; j < 16; j++)
			aperture[j] = j;
		while (mmio[HEAD] % 4096 != tail)
			;
		if (!wait_for_more_than(seen, 1, true)) {
			if (wait_for_more_than(seen, 10, false))
				late++;
			else
				lost++;
		}
		while (mmio[IIR] && !lost) /* wait until the handler has cleared all causes */
			;
	}
	print("in traffic: %u rounds, %u taken, %u late, lost %u, without a cause %u\n", i, taken - begin, late, lost, spurious - before);
}

static void coherency(unsigned int n)
{
	uint32_t bad = 0;
	unsigned int i;

	for (i = 1; i <= n; i++) {
		aperture[3] = i;
		if (page[3] != i)
			bad++;
	}
	print("aperture stores overtaken by loads: %u of %u\n", bad, n);
}

void go(void)
{
	unsigned int n = 2000, i;
	uint32_t pm;
	uint64_t t;

	/* ACPI timer, 3.579545 MHz, for 20 ms; SeaBIOS sets this port on Q35. */
	pm = inl(0x608) & 0xffffff;
	t = tsc();
	while (((inl(0x608) - pm) & 0xffffff) < 71591)
		;
	mhz = (uint32_t)(tsc() - t) / 20000;

	set_config(G33 | 4, 7);
	if (config(G33) != 0x29c28086) {
		print("there is no G33\n");
		goto off;
	}
	mmio = (void *)(config(G33 | 0x10) & ~15u);
	aperture = (void *)(config(G33 | 0x18) & ~15u);
	gtt = (void *)(config(G33 | 0x1c) & ~15u);

	if (overlay(config(G33 | 0x1c) & ~15u))
		print("page table: ivshmem\n");
	print("nanoseconds             min     median       mean       p99\n");
	measure("read register   ", mmio + 0x209c / 4, false, n);
	measure("write register  ", mmio + 0x2088 / 4, true, n);
	measure("write PTE       ", gtt + 1000, true, n);
	gtt[0] = (uint32_t)page | 1;
	gtt[1] = (uint32_t)ring | 1;
	gtt[2] = (uint32_t)status | 1;
	measure("write aperture  ", aperture, true, n);
	measure("read aperture   ", aperture, false, n);
	coherency(n);

	set_up_interrupts();
	mmio[HWS] = 0x2000;
	mmio[START] = 0x1000;
	mmio[HEAD] = 0;
	mmio[TAIL] = 0;
	mmio[CTL] = 1;
	mmio[IMR] = ~2u;
	mmio[IER] = 2;
	interrupts_single(1000);
	interrupts_in_traffic(500);
	mmio[IER] = 0;
	print("after interrupts:\n");
	measure("write PTE       ", gtt + 1000, true, n);
	for (i = 0; i < 4; i++) { /* 1.6 s; then QEMU may have mapped the page table again */
		t = tsc();
		while (tsc() - t < (uint64_t)mhz * 400000)
			;
	}
	measure("write PTE, later", gtt + 1000, true, n);
	coherency(n);
off:
	print("done\n");
	outw(0x604, 0x2000);
}
