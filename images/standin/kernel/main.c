// From the boot shim's handoff to the first process.
#include "boot.h"
#include "cmdline.h"
#include "console.h"
#include "faults.h"
#include "lz4.h"
#include "zbi.h"

#define MEMORY_MAX (64ul << 20)

struct range {
    uint64_t start, end;
};

// The largest range of RAM in `ram` that overlaps neither of the reserved ranges.
static struct range largest_free(const struct zbi_mem_range* ram, size_t count,
                                 const struct range taken[2]) {
    struct range best = {0, 0};
    for (size_t i = 0; i < count; i++) {
        // Page-table entries of the boot map 4 GiB; nothing above is used.
        uint64_t limit = ram[i].paddr + ram[i].length;
        uint64_t end = limit < 1ul << 32 ? limit : 1ul << 32;
        uint64_t from = ram[i].paddr;
        for (size_t k = 0; k <= 2 && from < end; k++) {
            const struct range* next = NULL;
            for (size_t t = 0; t < 2; t++) {
                if (taken[t].end > from && (next == NULL || taken[t].start < next->start)) {
                    next = &taken[t];
                }
            }
            uint64_t to = next == NULL || next->start > end ? end : next->start;
            if (to > from && to - from > best.end - best.start) {
                best = (struct range){from, to};
            }
            from = next == NULL ? end : next->end;
        }
    }
    return best;
}

static void memory_init(const struct zbi_header* zbi, const struct zbi_header* config) {
    uint64_t zbi_phys = virt_to_phys(zbi);
    uint64_t image = arch_image_phys();
    struct range taken[2] = {
        {image, image + (uint64_t)(image_end - image_start)},
        {zbi_phys, ROUND_UP(zbi_phys + sizeof(*zbi) + zbi->length, PAGE_SIZE)},
    };
    struct range memory = largest_free((const struct zbi_mem_range*)(config + 1),
                                       config->length / sizeof(struct zbi_mem_range), taken);
    CHECK(memory.end - memory.start >= 16ul << 20);
    // More is never needed; memory that is never touched costs the host nothing.
    uint64_t limit = memory.start + MEMORY_MAX;
    memory.end = memory.end < limit ? memory.end : limit;
    LOG("standin: memory %lx to %lx", memory.start, memory.end);
    pages_init(memory.start, memory.end - memory.start);
}

static void unpack_bootfs(const struct zbi_header* item, struct bootdata* bootdata) {
    bootdata->bootfs = (const uint8_t*)(item + 1);
    bootdata->bootfs_size = item->length;
    if (!(item->flags & ZBI_FLAG_STORAGE_COMPRESSED)) {
        return;
    }
    unsigned order = 0;
    while (order < PAGES_MAX_ORDER && PAGE_SIZE << order < item->extra) {
        order++;
    }
    uint8_t* memory = PAGE_SIZE << order < item->extra ? NULL : pages_alloc(order);
    if (memory == NULL) {
        panic("the BOOTFS is too large for the stand-in: %u bytes unpacked", item->extra);
    }
    if (!lz4_decompress(bootdata->bootfs, item->length, memory, item->extra)) {
        panic("the BOOTFS item is not an LZ4 frame of %u bytes", item->extra);
    }
    bootdata->bootfs = memory;
    bootdata->bootfs_size = item->extra;
}

_Noreturn void kernel_main(uint64_t zbi_phys) {
    arch_init();
    kprintf("\nwelcome to Zircon's stand-in (zxhil), not Zircon\n\n");
    LOG("standin: this is %s: not Zircon", standin_version);

    struct zbi_header* zbi = phys_to_virt(zbi_phys);
    CHECK(zbi->type == ZBI_TYPE_CONTAINER && zbi->extra == ZBI_CONTAINER_MAGIC);
    const struct zbi_header* memory = NULL;
    const struct zbi_header* bootfs = NULL;
    char* end = (char*)(zbi + 1) + zbi->length;
    for (struct zbi_header* item = zbi + 1; (char*)(item + 1) <= end; item = zbi_next(item)) {
        CHECK(item->magic == ZBI_ITEM_MAGIC && item->length <= (size_t)(end - (char*)(item + 1)));
        if (item->type == ZBI_TYPE_CMDLINE) {
            cmdline_add((const char*)(item + 1), item->length);
        } else if (item->type == ZBI_TYPE_MEM_CONFIG) {
            memory = item;
        } else if (item->type == ZBI_TYPE_KERNEL_DRIVER) {
            arch_driver_config(item->extra, item + 1, item->length);
        } else if (item->type == ZBI_TYPE_BOOTFS) {
            bootfs = item;
        }
    }
    CHECK(memory != NULL);
    memory_init(zbi, memory);
    faults_init();
    struct bootdata bootdata = {.zbi = zbi};
    if (bootfs == NULL) {
        panic("the ZBI has no BOOTFS item");
    }
    unpack_bootfs(bootfs, &bootdata);
    userboot(&bootdata);
}
