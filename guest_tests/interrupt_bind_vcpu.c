/* zx_interrupt_bind_vcpu: which interrupts and VCPUs it binds. */
#include "zxtest.h"

#define BIND "interrupt_bind_vcpu/"

/* Another VCPU of the same guest. */
static zx_handle_t sibling(handle_pair_t vcpu) {
    zx_handle_t other = ZX_HANDLE_INVALID;
    zx_vcpu_create(vcpu.peer, 0, GUEST_CODE, &other);
    return other;
}

CASE(bound, "vcpu_create/created interrupt_create/created") {
    handle_pair_t vcpu = make_vcpu();
    zx_handle_t interrupt = make_physical_interrupt().h, other = sibling(vcpu);
    get_basic_info(interrupt);
    get_basic_info(other);
    zx_interrupt_bind_vcpu(interrupt, vcpu.h, 0);
    zx_interrupt_bind_vcpu(interrupt, vcpu.h, 0);
    zx_interrupt_bind_vcpu(interrupt, other, 0);
    zx_handle_close(interrupt);
    zx_handle_close(other);
    close_pair(vcpu);
}

CASE(other_guest, BIND "already_bound_guest " BIND "invalid_args_guest") {
    handle_pair_t vcpu = make_vcpu(), other = make_vcpu();
    zx_handle_t interrupt = make_physical_interrupt().h;
    zx_interrupt_bind_vcpu(interrupt, vcpu.h, 0);
    zx_interrupt_bind_vcpu(interrupt, other.h, 0);
    zx_handle_close(interrupt);
    close_pair(other);
    close_pair(vcpu);
}

CASE(options, BIND "invalid_args_options") {
    handle_pair_t vcpu = make_vcpu(), interrupt = make_physical_interrupt();
    zx_interrupt_bind_vcpu(interrupt.h, vcpu.h, 1);
    zx_interrupt_bind_vcpu(interrupt.h, vcpu.h, 0x80000000u);
    close_pair(interrupt);
    close_pair(vcpu);
}

CASE(destroyed, BIND "canceled") {
    handle_pair_t vcpu = make_vcpu();
    zx_handle_t interrupt = make_physical_interrupt().h;
    zx_time_t timestamp;
    zx_interrupt_destroy(interrupt);
    zx_interrupt_wait(interrupt, &timestamp);
    zx_interrupt_bind_vcpu(interrupt, vcpu.h, 0);
    zx_handle_close(interrupt);
    close_pair(vcpu);
}

CASE(bound_to_port, BIND "already_bound") {
    handle_pair_t vcpu = make_vcpu(), port = make_interrupt_port();
    zx_handle_t interrupt = make_physical_interrupt().h;
    zx_interrupt_bind(interrupt, port.h, 1, 0);
    zx_interrupt_bind_vcpu(interrupt, vcpu.h, 0);
    zx_handle_close(interrupt);
    close_pair(port);
    close_pair(vcpu);
}

/* The page asks for an interrupt object, of whatever kind. */
CASE(virtual, "interrupt_create/created") {
    handle_pair_t vcpu = make_vcpu(), interrupt = make_interrupt();
    get_basic_info(interrupt.h);
    zx_interrupt_bind_vcpu(interrupt.h, vcpu.h, 0);
    close_pair(interrupt);
    close_pair(vcpu);
}

/* Where there are no guests: what is wrong with the interrupt is refused before what stands for a VCPU. */
CASE(bad_interrupt_without_guest, BIND "bad_handle " BIND "wrong_type " BIND "access_denied") {
    handle_pair_t channel = make_channel();
    zx_handle_t unreadable = without(make_physical_interrupt().h, ZX_RIGHT_READ);
    zx_interrupt_bind_vcpu(ZX_HANDLE_INVALID, channel.h, 0);
    zx_interrupt_bind_vcpu(channel.h, channel.h, 0);
    zx_interrupt_bind_vcpu(unreadable, channel.h, 0);
    zx_handle_close(unreadable);
    close_pair(channel);
}
