/* Virtual interrupts: made, bound to a port, triggered, waited for, destroyed. */
#include "zxtest.h"

#define CREATE "interrupt_create/"
#define BIND "interrupt_bind/"
#define ACK "interrupt_ack/"
#define WAIT "interrupt_wait/"
#define DESTROY "interrupt_destroy/"
#define TRIGGER "interrupt_trigger/"

static void wait_for(zx_handle_t interrupt) {
    zx_time_t timestamp;
    zx_interrupt_wait(interrupt, &timestamp);
}

/* Every call on an interrupt that is certain to return, whatever state it is in, once destroyed. */
static void use_destroyed(zx_handle_t interrupt) {
    handle_pair_t port = make_interrupt_port();
    wait_for(interrupt);
    zx_interrupt_trigger(interrupt, 0, 1000);
    zx_interrupt_ack(interrupt);
    zx_interrupt_bind(interrupt, port.h, 1, 0);
    close_pair(port);
}

CASE(created, CREATE "created " CREATE "usable_rights") {
    handle_pair_t interrupt = make_interrupt();
    get_basic_info(interrupt.h);
    close_pair(interrupt);
}

/* For a virtual interrupt the resource and the number are ignored. */
CASE(created_ignoring_the_resource, CREATE "created") {
    handle_pair_t event = make_event();
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_interrupt_create(ZX_NEVER_A_HANDLE, UINT32_MAX, ZX_INTERRUPT_VIRTUAL, &out);
    close_if_open(out);
    out = ZX_HANDLE_INVALID;
    zx_interrupt_create(event.h, 1, ZX_INTERRUPT_VIRTUAL, &out);
    close_if_open(out);
    close_pair(event);
}

static void create_physical(zx_handle_t resource, uint32_t options) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    if (zx_interrupt_create(resource, 1, options, &out) == ZX_OK) close_if_open(out);
}

CASE(physical_without_resource, CREATE "bad_handle") {
    create_physical(ZX_HANDLE_INVALID, 0);
    create_physical(ZX_NEVER_A_HANDLE, ZX_INTERRUPT_MODE_EDGE_HIGH);
    handle_pair_t event = make_event();
    close_and_get_info(event.h);
    create_physical(event.h, ZX_INTERRUPT_REMAP_IRQ);
}

CASE(physical_wrong_type, CREATE "wrong_type") {
    handle_pair_t event = make_event(), port = make_port();
    create_physical(event.h, 0);
    create_physical(port.h, ZX_INTERRUPT_MODE_LEVEL_LOW);
    close_pair(event);
    close_pair(port);
}

CASE(physical_other_resource, CREATE "access_denied") {
    zx_handle_t resource = ZX_HANDLE_INVALID;
    if (zx_resource_create(zx_root_resource(), ZX_RSRC_KIND_HYPERVISOR, 0, 0, "other", 5, &resource))
        return;
    create_physical(resource, 0);
    zx_handle_close(resource);
}

CASE(physical_first_twice, CREATE "created") {
    zx_handle_t one = ZX_HANDLE_INVALID, two = ZX_HANDLE_INVALID;
    zx_interrupt_create(zx_root_resource(), 0, 0, &one);
    if (!one) return;
    get_basic_info(one);
    zx_interrupt_create(zx_root_resource(), 0, 0, &two);
    close_if_open(two);
    zx_handle_close(one);
}

CASE(virtual_with_unknown_flags, CREATE "invalid_args_options") {
    for (uint32_t bit = 0x20; bit; bit <<= 1) {
        zx_handle_t out = ZX_HANDLE_INVALID;
        if (zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL | bit, &out) == ZX_OK)
            close_if_open(out);
    }
}

CASE(physical_with_unknown_flags, CREATE "invalid_args_options") {
    create_physical(zx_root_resource(), 0x20);
    create_physical(zx_root_resource(), 0x80000000u);
    create_physical(zx_root_resource(), 0xe);
}

CASE(bad_out_handle, CREATE "invalid_args_out_handle") {
    zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL, NULL);
    zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL, zx_unmapped(zx_handle_t));
    zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL, zx_kernel(zx_handle_t));
    zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL, zx_read_only(zx_handle_t));
}

CASE(waited_for, TRIGGER "triggered " WAIT "waits") {
    handle_pair_t interrupt = make_interrupt();
    for (zx_time_t at = 1000; at < 4000; at += 1000) {
        zx_interrupt_trigger(interrupt.h, 0, at);
        wait_for(interrupt.h);
    }
    close_pair(interrupt);
}

CASE(waited_for_without_timestamp, WAIT "waits") {
    handle_pair_t interrupt = make_interrupt();
    zx_interrupt_trigger(interrupt.h, 0, 1000);
    zx_interrupt_wait(interrupt.h, NULL);
    close_pair(interrupt);
}

CASE(triggered_twice, WAIT "waits") {
    handle_pair_t interrupt = make_interrupt();
    zx_interrupt_trigger(interrupt.h, 0, 1000);
    zx_interrupt_trigger(interrupt.h, 0, 2000);
    wait_for(interrupt.h);
    close_pair(interrupt);
}

CASE(triggered_through_a_duplicate, TRIGGER "triggered " WAIT "waits") {
    handle_pair_t interrupt = make_interrupt();
    zx_handle_t other = duplicate(interrupt.h, ZX_RIGHT_SIGNAL);
    zx_interrupt_trigger(other, 0, 1000);
    wait_for(interrupt.h);
    zx_handle_close(other);
    close_pair(interrupt);
}

CASE(ack_not_bound, ACK "bad_state") {
    handle_pair_t interrupt = make_interrupt();
    zx_interrupt_ack(interrupt.h);
    zx_interrupt_trigger(interrupt.h, 0, 1000);
    zx_interrupt_ack(interrupt.h);
    close_pair(interrupt);
}

CASE(destroyed, DESTROY "destroyed " TRIGGER "canceled " BIND "canceled " ACK "canceled " WAIT "canceled") {
    handle_pair_t interrupt = make_interrupt();
    zx_interrupt_destroy(interrupt.h);
    use_destroyed(interrupt.h);
    close_pair(interrupt);
}

CASE(destroyed_after_trigger, DESTROY "destroyed " WAIT "canceled") {
    handle_pair_t interrupt = make_interrupt();
    zx_interrupt_trigger(interrupt.h, 0, 1000);
    zx_interrupt_destroy(interrupt.h);
    use_destroyed(interrupt.h);
    close_pair(interrupt);
}

CASE(destroyed_twice, DESTROY "destroyed") {
    handle_pair_t interrupt = make_interrupt();
    zx_interrupt_destroy(interrupt.h);
    zx_interrupt_destroy(interrupt.h);
    use_destroyed(interrupt.h);
    close_pair(interrupt);
}

/* A failed call may have had its effect or not; these did not. */
CASE(not_destroyed, DESTROY "access_denied " TRIGGER "triggered") {
    handle_pair_t interrupt = make_interrupt();
    zx_handle_t other = duplicate(interrupt.h, ZX_RIGHT_READ | ZX_RIGHT_WAIT);
    zx_interrupt_destroy(other);
    zx_interrupt_trigger(interrupt.h, 0, 1000);
    wait_for(interrupt.h);
    close_pair(interrupt);
    zx_handle_close(other);
}

static zx_handle_t bound_to(zx_handle_t port) {
    handle_pair_t interrupt = make_interrupt();
    zx_interrupt_bind(interrupt.h, port, 7, 0);
    return interrupt.h;
}

CASE(bound_twice, BIND "already_bound") {
    handle_pair_t port = make_interrupt_port(), other = make_interrupt_port();
    zx_handle_t interrupt = bound_to(port.h);
    zx_interrupt_bind(interrupt, port.h, 7, 0);
    zx_interrupt_bind(interrupt, other.h, 8, 0);
    zx_handle_close(interrupt);
    close_pair(port);
    close_pair(other);
}

CASE(bound_to_a_plain_port, BIND "port_not_for_interrupts") {
    handle_pair_t interrupt = make_interrupt(), port = make_port();
    zx_interrupt_bind(interrupt.h, port.h, 7, 0);
    close_pair(interrupt);
    close_pair(port);
}

CASE(wait_bound, WAIT "bad_state") {
    handle_pair_t port = make_interrupt_port();
    zx_handle_t interrupt = bound_to(port.h);
    wait_for(interrupt);
    zx_interrupt_wait(interrupt, NULL);
    zx_interrupt_trigger(interrupt, 0, 1000);
    wait_for(interrupt);
    zx_handle_close(interrupt);
    close_pair(port);
}

CASE(bound_and_destroyed, DESTROY "destroyed " DESTROY "unbound " WAIT "canceled") {
    handle_pair_t port = make_interrupt_port();
    zx_handle_t interrupt = bound_to(port.h);
    zx_interrupt_destroy(interrupt);
    use_destroyed(interrupt);
    zx_handle_close(interrupt);
    close_pair(port);
}

CASE(destroyed_with_a_packet_unread, DESTROY "destroyed") {
    handle_pair_t port = make_interrupt_port();
    zx_handle_t interrupt = bound_to(port.h);
    zx_interrupt_trigger(interrupt, 0, 1000);
    zx_interrupt_destroy(interrupt);
    zx_interrupt_trigger(interrupt, 0, 1000);
    zx_handle_close(interrupt);
    close_pair(port);
}

CASE(acknowledged, BIND "is_bound") {
    handle_pair_t port = make_interrupt_port();
    zx_handle_t interrupt = bound_to(port.h);
    zx_interrupt_ack(interrupt);
    zx_interrupt_trigger(interrupt, 0, 1000);
    zx_interrupt_ack(interrupt);
    zx_handle_close(interrupt);
    close_pair(port);
}

/* The second packet is due when the first was not read yet. */
CASE(acknowledged_unread, BIND "is_bound") {
    handle_pair_t port = make_interrupt_port();
    zx_handle_t interrupt = bound_to(port.h);
    zx_interrupt_ack(interrupt);
    zx_interrupt_trigger(interrupt, 0, 1000);
    zx_interrupt_trigger(interrupt, 0, 2000);
    zx_interrupt_ack(interrupt);
    zx_handle_close(interrupt);
    close_pair(port);
}

CASE(physical_not_triggered, TRIGGER "bad_state") {
    zx_handle_t interrupt = ZX_HANDLE_INVALID;
    if (zx_interrupt_create(zx_root_resource(), ZX_SPARE_INTERRUPT, 0, &interrupt)) return;
    get_basic_info(interrupt);
    zx_interrupt_trigger(interrupt, 0, 1000);
    zx_interrupt_destroy(interrupt);
    zx_interrupt_trigger(interrupt, 0, 1000);
    zx_handle_close(interrupt);
}

/* ---- packets */

/* Read the next packet, if there is one. */
static void read_packet(zx_handle_t port) {
    zx_port_packet_t packet;
    zx_port_wait(port, 0, &packet);
}

CASE(packets, TRIGGER "triggered " ACK "rearmed") {
    handle_pair_t port = make_interrupt_port();
    zx_handle_t interrupt = bound_to(port.h);
    read_packet(port.h);
    for (zx_time_t at = 1000; at < 4000; at += 1000) {
        zx_interrupt_trigger(interrupt, 0, at);
        read_packet(port.h);
        read_packet(port.h);
        zx_interrupt_ack(interrupt);
    }
    zx_interrupt_destroy(interrupt);
    zx_handle_close(interrupt);
    close_pair(port);
}

/* No second packet before the first is acknowledged, and then at once. */
CASE(triggered_before_ack, TRIGGER "triggered " ACK "rearmed") {
    handle_pair_t port = make_interrupt_port();
    zx_handle_t interrupt = bound_to(port.h);
    zx_interrupt_trigger(interrupt, 0, 1000);
    read_packet(port.h);
    zx_interrupt_trigger(interrupt, 0, 2000);
    zx_interrupt_trigger(interrupt, 0, 3000);
    read_packet(port.h);
    zx_interrupt_ack(interrupt);
    read_packet(port.h);
    zx_interrupt_ack(interrupt);
    read_packet(port.h);
    zx_handle_close(interrupt);
    close_pair(port);
}

CASE(destroyed_unacknowledged, DESTROY "not_found " TRIGGER "canceled") {
    handle_pair_t port = make_interrupt_port();
    zx_handle_t interrupt = bound_to(port.h);
    zx_interrupt_trigger(interrupt, 0, 1000);
    read_packet(port.h);
    zx_interrupt_destroy(interrupt);
    zx_interrupt_trigger(interrupt, 0, 1000);
    zx_interrupt_ack(interrupt);
    zx_handle_close(interrupt);
    close_pair(port);
}

CASE(packet_removed, DESTROY "destroyed " DESTROY "removed") {
    handle_pair_t port = make_interrupt_port();
    zx_handle_t interrupt = bound_to(port.h);
    zx_interrupt_trigger(interrupt, 0, 1000);
    zx_interrupt_destroy(interrupt);
    read_packet(port.h);
    zx_interrupt_trigger(interrupt, 0, 1000);
    zx_handle_close(interrupt);
    close_pair(port);
}

/* Two interrupts on one port: each has its key. */
CASE(two_on_a_port, TRIGGER "triggered") {
    handle_pair_t port = make_interrupt_port(), second = make_interrupt();
    zx_handle_t first = bound_to(port.h);
    zx_interrupt_bind(second.h, port.h, 8, 0);
    zx_interrupt_trigger(second.h, 0, 1000);
    read_packet(port.h);
    zx_interrupt_trigger(first, 0, 2000);
    read_packet(port.h);
    zx_handle_close(first);
    close_pair(second);
    close_pair(port);
}

/* ---- with a thread that waits */

static void wait_in_thread(uintptr_t interrupt) { wait_for((zx_handle_t)interrupt); }

/* Start a thread that waits, until it does. */
static zx_handle_t start_waiting(zx_handle_t interrupt) {
    zx_handle_t thread = start_thread(wait_in_thread, interrupt);
    await_blocked(thread);
    return thread;
}

CASE(triggered_while_waiting, TRIGGER "triggered " WAIT "waits") {
    handle_pair_t interrupt = make_interrupt();
    zx_handle_t thread = start_waiting(interrupt.h);
    zx_interrupt_trigger(interrupt.h, 0, 1000);
    join_thread(thread);
    close_pair(interrupt);
}

CASE(destroyed_while_waiting, DESTROY "destroyed " WAIT "canceled") {
    handle_pair_t interrupt = make_interrupt();
    zx_handle_t thread = start_waiting(interrupt.h);
    zx_interrupt_destroy(interrupt.h);
    join_thread(thread);
    wait_for(interrupt.h);
    close_pair(interrupt);
}

CASE(bound_while_waiting, BIND "bad_state interrupt_bind_vcpu/bad_state") {
    handle_pair_t interrupt = make_interrupt(), port = make_interrupt_port(), event = make_event();
    zx_handle_t thread = start_waiting(interrupt.h);
    zx_interrupt_bind(interrupt.h, port.h, 7, 0);
    zx_interrupt_bind_vcpu(interrupt.h, event.h, 0);
    zx_interrupt_trigger(interrupt.h, 0, 1000);
    join_thread(thread);
    close_pair(interrupt);
    close_pair(port);
    close_pair(event);
}

CASE(closed_while_waiting, WAIT "canceled_closed") {
    handle_pair_t interrupt = make_interrupt();
    zx_handle_t thread = start_waiting(interrupt.h);
    zx_handle_close(interrupt.h);
    join_thread(thread);
}
