// Shared by main.c, userboot.c, elf.c and processargs.c.
#pragma once

#include "bootfs.h"
#include "object.h"

struct bootdata {
    const struct zbi_header* zbi;
    const uint8_t* bootfs;  // unpacked
    size_t bootfs_size;
};

// An ELF file mapped for user mode: the addresses it got.
struct image {
    uint64_t base;
    uint64_t entry;
};

// Maps the PT_LOADs at `base`, each with its own rights; the gaps between them stay unmapped.
// Returns NULL, or what is wrong with the file.
const char* elf_map(const struct file* file, uint64_t base, struct image* image);

// A page-aligned user address that differs from boot to boot.
uint64_t random_base(void);
uint64_t random_next(void);

// Starts the first process and never returns.
_Noreturn void userboot(const struct bootdata* bootdata);
// The first process has exited.
_Noreturn void userboot_done(void);

// The bootstrap channel's handle for the new process; its message is already written.
zx_handle_t processargs_send(const struct bootdata* bootdata, uint64_t stack_size);
