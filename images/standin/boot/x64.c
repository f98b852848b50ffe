// Boot shim for the PC: a multiboot kernel whose one module is the ZBI. Compiled for i386.
#include "shim.h"

#define MULTIBOOT_BOOTLOADER_MAGIC 0x2badb002u
#define MULTIBOOT_HAS_MODULES 0x8u
#define MULTIBOOT_HAS_MAP 0x40u
#define MAP_AVAILABLE 1u

struct multiboot_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
    uint32_t mods_count, mods_addr;
    uint32_t symbols[4];
    uint32_t mmap_length, mmap_addr;
};

struct multiboot_module {
    uint32_t start, end, string, reserved;
};

struct __attribute__((packed)) multiboot_map {
    uint32_t size;
    uint64_t base, length;
    uint32_t type;
};

// A ZBI's x64 kernel is always loaded here (<zircon/boot/image.h>).
#define KERNEL_LOAD 0x100000u

extern char shim_start[];

#define COM1 0x3f8

static inline void outb(uint16_t port, uint8_t value) {
    __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

void shim_putc(char c) { outb(COM1, (uint8_t)c); }

_Noreturn void shim_halt(void) {
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}

static void read_map(const struct multiboot_info* info, struct machine* machine) {
    uint32_t at = info->mmap_addr;
    while (at < info->mmap_addr + info->mmap_length && machine->num_ranges < SHIM_MAX_RANGES) {
        const struct multiboot_map* map = (const struct multiboot_map*)at;
        if (map->type == MAP_AVAILABLE) {
            machine->ranges[machine->num_ranges++] = (struct zbi_mem_range){
                .paddr = map->base, .length = map->length, .type = ZBI_MEM_RANGE_RAM};
        }
        at += map->size + sizeof(map->size);
    }
}

// Returns the kernel's entry (low half, in eax) and the ZBI (high half, in edx).
uint64_t shim_main(uint32_t magic, const struct multiboot_info* info) {
    if (magic != MULTIBOOT_BOOTLOADER_MAGIC || !(info->flags & MULTIBOOT_HAS_MAP)) {
        shim_fail("not started by a multiboot loader with a memory map");
    }
    if (!(info->flags & MULTIBOOT_HAS_MODULES) || info->mods_count == 0) {
        shim_fail("no initrd: give the ZBI with -initrd");
    }
    const struct multiboot_module* module = (const struct multiboot_module*)info->mods_addr;
    static struct machine machine;
    read_map(info, &machine);
    // The loader's structures may follow the ZBI; all of them have been read by now.
    uintptr_t room_end = ROUND_UP(module->end, 4096u) + 4096u;
    struct handover handover =
        shim_prepare((struct zbi_header*)module->start, ZBI_TYPE_KERNEL_X64, KERNEL_LOAD,
                     (uintptr_t)shim_start, room_end, &machine);
    return handover.entry | (uint64_t)handover.zbi << 32;
}
