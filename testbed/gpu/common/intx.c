// SPDX-License-Identifier: MIT
/*
 * QEMU, the client, does not learn of the end of an interrupt. When the eventfd is signalled, QEMU
 * raises the guest's line. It takes the guest's next access to *any* BAR, by any CPU, for the end
 * of the interrupt: it lowers the guest's line and sends UNMASK (vfio_pci_intx_eoi() in QEMU's
 * hw/vfio/pci.c). The interrupt handler of i915 first reads IIR and then writes it to acknowledge
 * the interrupt. So UNMASK arrives after the read, while the device's line is still high. If the
 * eventfd were signalled again at this UNMASK, as for any level-triggered line, the guest would get
 * a second interrupt without a cause.
 *
 *   state      fd  masked  line     entered when
 *   OFF        -1  any     any      there is no eventfd
 *   IDLE       yes no      low      UNMASK with the line low; the line goes low in ARMED
 *   FIRED      yes auto    any      the eventfd is signalled
 *   HELD       yes client  any      MASK
 *   ARMED      yes no      high     UNMASK with the line high, and no acknowledgement since the
 *                                   eventfd was signalled
 *
 *   IDLE   line goes high                                   -> FIRED, signal
 *   FIRED  line goes low, client has not read the eventfd   -> IDLE, signal withdrawn
 *   FIRED  UNMASK, line low                                 -> IDLE
 *   FIRED  UNMASK, line high, was low or IIR was written    -> FIRED, signal: a new interrupt
 *   FIRED  UNMASK, line high, neither of the two            -> ARMED, with a deadline
 *   ARMED  IIR written, line still high                     -> FIRED, signal: a new interrupt
 *   ARMED  line goes low                                    -> IDLE
 *   ARMED  deadline                                         -> FIRED, signal
 *   HELD   UNMASK                                           as in FIRED
 *
 * No interrupt is lost: whenever the line is high and the client does not mask it, the eventfd is
 * signalled, at the latest at the deadline. No interrupt is spurious: the eventfd is signalled
 * again only for a cause that came after an acknowledgement. The deadline could break the second
 * rule; therefore its length depends on whether the driver has read IIR since the signal:
 * - If not, the UNMASK does not belong to the interrupt: another CPU accessed a BAR, and QEMU
 *   lowered the guest's line, possibly before any CPU took the interrupt. The deadline is short. A
 *   repeated signal is harmless: the guest's I/O APIC merges two interrupts that no CPU has taken.
 * - If so, the handler is running and will write IIR, on a busy machine perhaps many milliseconds
 *   later. The deadline is long: it is only for a driver that never acknowledges.
 * If the line goes low before the client has read the eventfd, intx_line() reads the eventfd and so
 * withdraws the signal. Either the client or intx_line() gets the count, never both.
 */
#include "intx.h"

#include <poll.h>
#include <unistd.h>

#include "eventfd.h"

void intx_init(struct intx *x)
{
	*x = (struct intx){ .fd = -1 };
}

static void fire(struct intx *x)
{
	x->deadline = 0;
	x->fired = true;
	x->handling = false;
	x->served = false;
	eventfd_signal(x->fd);
}

/* Signals if the line is high, there is an eventfd and the interrupt is not masked. */
static void evaluate(struct intx *x)
{
	if (x->fd >= 0 && x->level && !x->fired && !x->client_masked)
		fire(x);
}

void intx_connect(struct intx *x, int fd)
{
	if (x->fd >= 0)
		close(x->fd);
	x->fd = fd;
	x->fired = false;
	x->client_masked = false;
	x->deadline = 0;
	evaluate(x);
}

void intx_line(struct intx *x, bool level)
{
	uint64_t count;

	x->level = level;
	x->served = true;
	x->deadline = 0;
	if (level)
		evaluate(x);
	else if (x->fired && eventfd_ready(x->fd, POLLIN) &&
		 read(x->fd, &count, sizeof(count)) == sizeof(count))
		x->fired = false;
}

void intx_handling(struct intx *x, uint64_t now)
{
	x->handling = true;
	if (x->deadline)
		x->deadline = now + INTX_HANDLING_NS;
}

void intx_mask(struct intx *x)
{
	x->client_masked = true;
	x->deadline = 0;
}

void intx_unmask(struct intx *x, uint64_t now)
{
	bool wait = x->fd >= 0 && x->level && !x->served;

	x->fired = false;
	x->client_masked = false;
	if (wait)
		x->deadline = now + (x->handling ? INTX_HANDLING_NS : INTX_FALLBACK_NS);
	else
		evaluate(x);
}

void intx_trigger(struct intx *x)
{
	if (x->fd >= 0)
		eventfd_signal(x->fd);
}

void intx_expire(struct intx *x, uint64_t now)
{
	if (!x->deadline || now < x->deadline)
		return;
	x->deadline = 0;
	evaluate(x);
}
