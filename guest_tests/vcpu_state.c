/* zx_vcpu_read_state and zx_vcpu_write_state. */
#include "zxtest.h"

static uint64_t state[ZX_VCPU_STATE_WORDS];

static void read_back(zx_handle_t vcpu) {
    static uint64_t now[ZX_VCPU_STATE_WORDS];
    zx_vcpu_read_state(vcpu, ZX_VCPU_STATE, now, sizeof(now));
}

CASE(written, "vcpu_write_state/written vcpu_read_state/reported") {
    handle_pair_t vcpu = make_vcpu();
    fill(state, sizeof(state));
    zx_vcpu_write_state(vcpu.h, ZX_VCPU_STATE, state, sizeof(state));
    read_back(vcpu.h);
    close_pair(vcpu);
}

CASE(written_when_paused, "vcpu_write_state/written vcpu_read_state/reported") {
    handle_pair_t vcpu = make_trapping_vcpu();
    zx_port_packet_t packet;
    zx_vcpu_resume(vcpu.h, &packet);
    read_back(vcpu.h);
    fill(state, sizeof(state));
    state[1] = GUEST_TRAP;
    zx_vcpu_write_state(vcpu.h, ZX_VCPU_STATE, state, sizeof(state));
    read_back(vcpu.h);
    zx_vcpu_resume(vcpu.h, &packet);
    read_back(vcpu.h);
    close_pair(vcpu);
}

CASE(write_unknown_kind, "vcpu_write_state/invalid_args_kind") {
    handle_pair_t vcpu = make_vcpu();
    zx_vcpu_write_state(vcpu.h, 2, state, sizeof(state));
    zx_vcpu_write_state(vcpu.h, 0xffffffffu, state, sizeof(state));
    close_pair(vcpu);
}

CASE(write_other_size, "vcpu_write_state/invalid_args_size") {
    handle_pair_t vcpu = make_vcpu();
    zx_vcpu_write_state(vcpu.h, ZX_VCPU_STATE, state, sizeof(state) - 8);
    zx_vcpu_write_state(vcpu.h, ZX_VCPU_STATE, state, sizeof(state) - 1);
    zx_vcpu_write_state(vcpu.h, ZX_VCPU_STATE, state, 0);
    close_pair(vcpu);
}

/* The page does not say on which machines there is I/O to write. */
CASE(write_io, "vcpu_write_state/invalid_args_size") {
    handle_pair_t vcpu = make_vcpu();
    zx_vcpu_write_state(vcpu.h, ZX_VCPU_IO, state, 8);
    zx_vcpu_write_state(vcpu.h, ZX_VCPU_IO, state, 7);
    close_pair(vcpu);
}

CASE(read_smaller_size, "vcpu_read_state/invalid_args_size") {
    handle_pair_t vcpu = make_vcpu();
    zx_vcpu_read_state(vcpu.h, ZX_VCPU_STATE, state, sizeof(state) - 8);
    zx_vcpu_read_state(vcpu.h, ZX_VCPU_STATE, state, 0);
    close_pair(vcpu);
}
