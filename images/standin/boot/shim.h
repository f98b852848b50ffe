// Shared by the boot shims of both machines.
#pragma once

#include "zbi.h"

#define SHIM_MAX_RANGES 8

// What the shim learned from the machine.
struct machine {
    struct zbi_mem_range ranges[SHIM_MAX_RANGES];
    size_t num_ranges;
    bool has_psci;
    struct kdrv_psci psci;
};

struct handover {
    uintptr_t entry;
    uintptr_t zbi;
};

// Copies the kernel (the first item of the ZBI) to `load`, turns the ZBI in place into what the
// kernel gets (kernel item discarded, the machine's description appended), and returns where
// to jump. `room_end` is the end of the memory that the kernel and its scratch space may take;
// `zbi_room_end` that of the memory which the ZBI may grow into.
struct handover shim_prepare(struct zbi_header* zbi, uint32_t kernel_type, uintptr_t load,
                             uintptr_t room_end, uintptr_t zbi_room_end,
                             const struct machine* machine);

_Noreturn void shim_fail(const char* why);

// Per machine.
void shim_putc(char c);
_Noreturn void shim_halt(void);
