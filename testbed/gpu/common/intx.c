// SPDX-License-Identifier: MIT
/*
 * The trouble with INTx: QEMU, the client, has no notion of the end of an interrupt. When the
 * eventfd is signalled it raises the guest's line; at the guest's next access to *any* BAR, by any
 * CPU, it takes that for the end, lowers the guest's line and sends UNMASK (vfio_pci_intx_eoi() in
 * QEMU's hw/vfio/pci.c). The interrupt handler of i915 reads IIR first and then writes it to
 * acknowledge; so UNMASK comes after the read, when the device's line is still high. To signal
 * again then, as a level-triggered line asks for, would give the guest a second interrupt for which
 * it finds no cause.
 *
 *   state      fd  masked  line     what brings it on
 *   OFF        -1  any     any      no eventfd
 *   IDLE       yes no      low      UNMASK with the line low; the line went low while ARMED
 *   FIRED      yes itself  any      the eventfd was signalled
 *   HELD       yes client  any      MASK
 *   ARMED      yes no      high     UNMASK with the line high, and nothing was acknowledged since
 *                                   the eventfd was signalled
 *
 *   IDLE   line high                                      -> FIRED, signal
 *   FIRED  line low, and the signal can be taken back     -> IDLE
 *   FIRED  UNMASK, line low                               -> IDLE
 *   FIRED  UNMASK, line high, IIR written since (or low)  -> FIRED, signal: this is another interrupt
 *   FIRED  UNMASK, line high, IIR not written since       -> ARMED, with a deadline
 *   ARMED  IIR written, line still high                   -> FIRED, signal: another interrupt
 *   ARMED  line low                                       -> IDLE
 *   ARMED  deadline                                       -> FIRED, signal
 *   HELD   UNMASK                                         as FIRED
 *
 * None is lost: whenever the line is high and the client does not mask, the eventfd is signalled,
 * at the latest at the deadline. None is spurious: the eventfd is signalled again only for what
 * came after an acknowledgement. The deadline alone could break this, so there are two. Before IIR
 * was read an UNMASK has nothing to do with the interrupt: another CPU has accessed a BAR, and QEMU
 * has lowered a line that perhaps nobody has seen. To signal once more, soon, is right then: two
 * that nobody has taken are one to the guest's I/O APIC. Once IIR was read the handler is at work
 * and will write it, on a busy machine perhaps many milliseconds later; that deadline is only for a
 * driver which never does. And the signal is taken back when the line goes low before the client
 * has read the eventfd; either the client reads it or this does, never both.
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

/* Signals if the line is high and nothing stands against it. */
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
