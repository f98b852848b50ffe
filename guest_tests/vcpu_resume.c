/* zx_vcpu_create, zx_vcpu_resume and zx_vcpu_interrupt: what pauses a VCPU, and what it is refused. */
#include "zxtest.h"

#define RESUME "vcpu_resume/"

static zx_status_t resume(handle_pair_t vcpu) {
    zx_port_packet_t packet;
    return zx_vcpu_resume(vcpu.h, &packet);
}

CASE(created, "vcpu_create/created vcpu_create/default_rights") {
    handle_pair_t vcpu = make_vcpu();
    get_basic_info(vcpu.h);
    close_pair(vcpu);
}

CASE(entry_out_of_range, "vcpu_create/invalid_args") {
    handle_pair_t guest = make_guest();
    zx_handle_t vcpu = ZX_HANDLE_INVALID;
    if (zx_vcpu_create(guest.h, 0, UINT64_MAX, &vcpu) == ZX_OK) close_if_open(vcpu);
    close_pair(guest);
}

CASE(trapped, RESUME "paused guest_set_trap/trap_set guest_set_trap/key_reported") {
    handle_pair_t vcpu = make_trapping_vcpu();
    resume(vcpu);
    resume(vcpu);
    close_pair(vcpu);
}

/* A packet that no trap makes: the guest asks for another VCPU. */
CASE(another_vcpu, RESUME "paused") {
    static const uint32_t code[] = {
        0xd2800060, /* mov  x0, #3 */
        0xf2b88000, /* movk x0, #0xc400, lsl #16: CPU_ON */
        0xd2800021, /* mov  x1, #1 */
        0xd2820002, /* mov  x2, #0x1000 */
        0xd4000003, /* smc  #0 */
        0x17fffffb, /* b    .-20 */
    };
    handle_pair_t vcpu = make_vcpu_with(code, COUNT(code));
    resume(vcpu);
    close_pair(vcpu);
}

CASE(unsupported, RESUME "not_supported") {
    static const uint32_t code[] = {0xd4000023 /* smc #1 */, 0x17ffffff /* b .-4 */};
    handle_pair_t vcpu = make_vcpu_with(code, COUNT(code));
    resume(vcpu);
    close_pair(vcpu);
}

/* The guest begins where its physical address space has no memory. */
CASE(no_memory_at_entry, "vcpu_create/created") {
    handle_pair_t vcpu = make_vcpu();
    get_basic_info(vcpu.h);
    resume(vcpu);
    close_pair(vcpu);
}

/* The guest waits for an interrupt, and has one. */
CASE(interrupted, RESUME "paused") {
    static const uint32_t code[] = {
        0xd503207f, /* wfi */
        0xd2900001, /* mov x1, #0x8000 */
        0xf9000020, /* str x0, [x1] */
        0x17ffffff, /* b   .-4 */
    };
    handle_pair_t vcpu = make_vcpu_with(code, COUNT(code));
    zx_guest_set_trap(vcpu.peer, ZX_GUEST_TRAP_MEM, GUEST_TRAP, 4096, ZX_HANDLE_INVALID, GUEST_KEY);
    zx_vcpu_interrupt(vcpu.h, 40);
    resume(vcpu);
    close_pair(vcpu);
}

/* A closed guest lives as long as its VCPU. */
CASE(guest_closed, RESUME "paused") {
    handle_pair_t vcpu = make_trapping_vcpu();
    close_and_get_info(vcpu.peer);
    resume(vcpu);
    zx_handle_close(vcpu.h);
}

static void use_elsewhere(uintptr_t vcpu) {
    static uint64_t state[ZX_VCPU_STATE_WORDS];
    zx_port_packet_t packet;
    zx_vcpu_read_state((zx_handle_t)vcpu, ZX_VCPU_STATE, state, sizeof(state));
    zx_vcpu_write_state((zx_handle_t)vcpu, ZX_VCPU_STATE, state, sizeof(state));
    zx_vcpu_interrupt((zx_handle_t)vcpu, 40);
    zx_vcpu_resume((zx_handle_t)vcpu, &packet);
}

/* A VCPU is bound to the thread that made it, but for interrupts. */
CASE(other_thread, RESUME "bad_state vcpu_read_state/bad_state vcpu_write_state/bad_state") {
    handle_pair_t vcpu = make_trapping_vcpu();
    join_thread(start_thread(use_elsewhere, vcpu.h));
    resume(vcpu);
    close_pair(vcpu);
}
