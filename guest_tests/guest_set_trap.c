/* zx_guest_set_trap: what each kind of trap takes, and the packets that traps make. */
#include "zxtest.h"

#define SET "guest_set_trap/"
#define PAGE 4096u

static void memory_trap(zx_handle_t guest, zx_vaddr_t addr, size_t size, zx_handle_t port) {
    zx_guest_set_trap(guest, ZX_GUEST_TRAP_MEM, addr, size, port, GUEST_KEY);
}

static void bell_trap(zx_handle_t guest, zx_vaddr_t addr, size_t size, zx_handle_t port) {
    zx_guest_set_trap(guest, ZX_GUEST_TRAP_BELL, addr, size, port, GUEST_KEY);
}

CASE(mem_twice, SET "already_exists") {
    handle_pair_t guest = make_guest();
    memory_trap(guest.h, GUEST_TRAP, PAGE, ZX_HANDLE_INVALID);
    memory_trap(guest.h, GUEST_TRAP, PAGE, ZX_HANDLE_INVALID);
    memory_trap(guest.h, GUEST_TRAP, 2 * PAGE, ZX_HANDLE_INVALID);
    close_pair(guest);
}

CASE(bell_twice, SET "already_exists") {
    handle_pair_t guest = make_guest(), port = make_port();
    bell_trap(guest.h, GUEST_TRAP, PAGE, port.h);
    bell_trap(guest.h, GUEST_TRAP, PAGE, port.h);
    close_pair(guest);
    close_pair(port);
}

/* The page says that they share an address space, but a trap of the same kind is what exists. */
CASE(bell_at_mem, SET "already_exists") {
    handle_pair_t guest = make_guest(), port = make_port();
    memory_trap(guest.h, GUEST_TRAP, PAGE, ZX_HANDLE_INVALID);
    bell_trap(guest.h, GUEST_TRAP, PAGE, port.h);
    memory_trap(guest.h, GUEST_TRAP, PAGE, ZX_HANDLE_INVALID);
    close_pair(guest);
    close_pair(port);
}

CASE(unknown_kind, SET "invalid_args_kind") {
    handle_pair_t guest = make_guest();
    zx_guest_set_trap(guest.h, 3, GUEST_TRAP, PAGE, ZX_HANDLE_INVALID, GUEST_KEY);
    zx_guest_set_trap(guest.h, 0xffffffffu, GUEST_TRAP, PAGE, ZX_HANDLE_INVALID, GUEST_KEY);
    close_pair(guest);
}

/* The page names this kind on every machine. */
CASE(io, "guest_create/created") {
    handle_pair_t guest = make_guest();
    get_basic_info(guest.h);
    zx_guest_set_trap(guest.h, ZX_GUEST_TRAP_IO, 0x60, 4, ZX_HANDLE_INVALID, GUEST_KEY);
    close_pair(guest);
}

CASE(mem_addr_unaligned, SET "invalid_args_alignment") {
    handle_pair_t guest = make_guest();
    memory_trap(guest.h, GUEST_TRAP + 8, PAGE, ZX_HANDLE_INVALID);
    close_pair(guest);
}

CASE(mem_size_unaligned, SET "invalid_args_alignment") {
    handle_pair_t guest = make_guest();
    memory_trap(guest.h, GUEST_TRAP, PAGE + 1, ZX_HANDLE_INVALID);
    memory_trap(guest.h, GUEST_TRAP, 1, ZX_HANDLE_INVALID);
    close_pair(guest);
}

CASE(bell_unaligned, SET "invalid_args_alignment") {
    handle_pair_t guest = make_guest(), port = make_port();
    bell_trap(guest.h, GUEST_TRAP + 8, PAGE, port.h);
    bell_trap(guest.h, GUEST_TRAP, PAGE - 1, port.h);
    close_pair(guest);
    close_pair(port);
}

CASE(mem_size_zero, SET "invalid_args_size") {
    handle_pair_t guest = make_guest();
    memory_trap(guest.h, GUEST_TRAP, 0, ZX_HANDLE_INVALID);
    close_pair(guest);
}

CASE(bell_size_zero, SET "invalid_args_size") {
    handle_pair_t guest = make_guest(), port = make_port();
    bell_trap(guest.h, GUEST_TRAP, 0, port.h);
    close_pair(guest);
    close_pair(port);
}

CASE(mem_with_port, SET "invalid_args_port") {
    handle_pair_t guest = make_guest(), port = make_port();
    memory_trap(guest.h, GUEST_TRAP, PAGE, port.h);
    close_pair(guest);
    close_pair(port);
}

CASE(bell_without_port, SET "bell_without_port") {
    handle_pair_t guest = make_guest();
    bell_trap(guest.h, GUEST_TRAP, PAGE, ZX_HANDLE_INVALID);
    close_pair(guest);
}

CASE(bell_port_never_allocated, SET "bad_handle_port") {
    handle_pair_t guest = make_guest();
    bell_trap(guest.h, GUEST_TRAP, PAGE, ZX_NEVER_A_HANDLE);
    close_pair(guest);
}

CASE(bell_port_closed, SET "bad_handle_port") {
    handle_pair_t guest = make_guest(), port = make_port();
    close_and_get_info(port.h);
    bell_trap(guest.h, GUEST_TRAP, PAGE, port.h);
    close_pair(guest);
}

CASE(past_the_end, SET "out_of_range") {
    handle_pair_t guest = make_guest();
    memory_trap(guest.h, -(zx_vaddr_t)PAGE, 2 * PAGE, ZX_HANDLE_INVALID);
    memory_trap(guest.h, GUEST_TRAP, -(size_t)PAGE, ZX_HANDLE_INVALID);
    close_pair(guest);
}

/* Each packet has the key of its trap, and a trap ends where it ends. */
CASE(keys, SET "trap_set " SET "key_reported vcpu_resume/paused") {
    static const uint32_t code[] = {
        0xd2900001, /* mov x1, #0x8000 */
        0xf9000020, /* str x0, [x1] */
        0xf94ffc22, /* ldr x2, [x1, #0x1ff8] */
        0x91401021, /* add x1, x1, #4, lsl #12 */
        0xf9000020, /* str x0, [x1] */
        0x17ffffff, /* b   .-4 */
    };
    handle_pair_t vcpu = make_vcpu_with(code, COUNT(code));
    zx_guest_set_trap(vcpu.peer, ZX_GUEST_TRAP_MEM, 0x8000, PAGE, ZX_HANDLE_INVALID, 0);
    zx_guest_set_trap(vcpu.peer, ZX_GUEST_TRAP_MEM, 0x9000, PAGE, ZX_HANDLE_INVALID, 1);
    zx_guest_set_trap(vcpu.peer, ZX_GUEST_TRAP_MEM, 0xc000, PAGE, ZX_HANDLE_INVALID, UINT64_MAX);
    for (int i = 0; i < 4; ++i) {
        zx_port_packet_t packet;
        zx_vcpu_resume(vcpu.h, &packet);
    }
    close_pair(vcpu);
}

/* The guest goes on behind a bell; the packets are in the port, in order. */
CASE(bells, SET "trap_set " SET "key_reported port_wait/earliest") {
    static const uint32_t code[] = {
        0xd2900001, /* mov x1, #0x8000 */
        0xf9000020, /* str x0, [x1] */
        0x91400421, /* add x1, x1, #1, lsl #12 */
        0xf9000420, /* str x0, [x1, #8] */
        0x91400421, /* add x1, x1, #1, lsl #12 */
        0xf9000020, /* str x0, [x1] */
        0x17ffffff, /* b   .-4 */
    };
    handle_pair_t vcpu = make_vcpu_with(code, COUNT(code)), port = make_port();
    zx_guest_set_trap(vcpu.peer, ZX_GUEST_TRAP_BELL, 0x8000, PAGE, port.h, 1);
    zx_guest_set_trap(vcpu.peer, ZX_GUEST_TRAP_BELL, 0x9000, PAGE, port.h, 2);
    zx_guest_set_trap(vcpu.peer, ZX_GUEST_TRAP_MEM, 0xa000, PAGE, ZX_HANDLE_INVALID, 3);
    zx_port_packet_t packet;
    zx_vcpu_resume(vcpu.h, &packet);
    for (int i = 0; i < 3; ++i) zx_port_wait(port.h, 0, &packet);
    close_pair(vcpu);
    close_pair(port);
}
