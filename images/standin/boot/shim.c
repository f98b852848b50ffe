#include "shim.h"

_Noreturn void shim_fail(const char* why) {
    const char* parts[] = {"zxhil-standin boot shim: ", why, "\r\n"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        for (const char* c = parts[i]; *c != '\0'; c++) {
            shim_putc(*c);
        }
    }
    shim_halt();
}

static void append(struct zbi_header* zbi, uintptr_t room_end, uint32_t type, uint32_t extra,
                   const void* payload, uint32_t length) {
    struct zbi_header* item = zbi_next(zbi);
    if ((uintptr_t)(item + 1) + length > room_end) {
        shim_fail("no room behind the ZBI to describe the machine");
    }
    *item = (struct zbi_header){
        .type = type,
        .length = length,
        .extra = extra,
        .flags = ZBI_FLAG_VERSION,
        .magic = ZBI_ITEM_MAGIC,
        .crc32 = ZBI_ITEM_NO_CRC32,
    };
    memcpy(item + 1, payload, length);
    zbi->length = (uint32_t)((char*)zbi_next(item) - (char*)(zbi + 1));
}

struct handover shim_prepare(struct zbi_header* zbi, uint32_t kernel_type, uintptr_t load,
                             uintptr_t room_end, uintptr_t zbi_room_end,
                             const struct machine* machine) {
    if (zbi->type != ZBI_TYPE_CONTAINER || zbi->extra != ZBI_CONTAINER_MAGIC) {
        shim_fail("the initrd is not a ZBI");
    }
    struct zbi_header* item = zbi + 1;
    if (zbi->length < sizeof(*item) + sizeof(struct zbi_kernel) || item->magic != ZBI_ITEM_MAGIC ||
        item->type != kernel_type || item->length > zbi->length - sizeof(*item)) {
        shim_fail("the ZBI's first item is not a kernel of this architecture");
    }
    const struct zbi_kernel* kernel = (const struct zbi_kernel*)(item + 1);
    uint64_t size = 2 * sizeof(*item) + (uint64_t)item->length;
    if (size + kernel->reserve_memory_size > room_end - load) {
        shim_fail("the kernel does not fit into its place");
    }
    struct handover handover = {.entry = (uintptr_t)kernel->entry, .zbi = (uintptr_t)zbi};
    memcpy((void*)load, zbi, (size_t)size);
    item->type = ZBI_TYPE_DISCARD;
    append(zbi, zbi_room_end, ZBI_TYPE_MEM_CONFIG, 0, machine->ranges,
           (uint32_t)(machine->num_ranges * sizeof(machine->ranges[0])));
    if (machine->has_psci) {
        append(zbi, zbi_room_end, ZBI_TYPE_KERNEL_DRIVER, KDRV_ARM_PSCI, &machine->psci,
               sizeof(machine->psci));
    }
    return handover;
}
