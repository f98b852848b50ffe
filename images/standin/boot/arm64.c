// Boot shim for QEMU's virt board: it reads the machine's description from the flattened device tree
// (Devicetree Specification, chapter 5).
#include "shim.h"

#define FDT_MAGIC 0xd00dfeedu
enum { FDT_BEGIN_NODE = 1, FDT_END_NODE = 2, FDT_PROP = 3, FDT_NOP = 4 };

// Below the ZBI, above the shim, aligned for the kernel's 2 MiB.
#define KERNEL_LOAD 0x40200000ul
#define UART_DATA ((volatile uint32_t*)0x09000000)

void shim_putc(char c) { *UART_DATA = (uint8_t)c; }

_Noreturn void shim_halt(void) {
    for (;;) {
        __asm__ volatile("wfi");
    }
}

struct tree {
    uint64_t initrd_start, initrd_end;
    struct machine machine;
};

static uint32_t be32(const void* p) { return __builtin_bswap32(*(const uint32_t*)p); }

// A number of one or two cells.
static uint64_t number(const char* data, uint32_t size) {
    return size == 8 ? (uint64_t)be32(data) << 32 | be32(data + 4) : be32(data);
}

static bool equal(const char* a, const char* b) {
    return strlen(a) == strlen(b) && memcmp(a, b, strlen(b)) == 0;
}

// A node's name is its kind, optionally followed by @ and its address.
static bool is_node(const char* node, const char* kind) {
    size_t size = strlen(kind);
    return strlen(node) >= size && memcmp(node, kind, size) == 0 &&
           (node[size] == '\0' || node[size] == '@');
}

static void property(struct tree* tree, const char* node, const char* name, const char* data,
                     uint32_t size) {
    struct machine* machine = &tree->machine;
    if (is_node(node, "chosen") && equal(name, "linux,initrd-start")) {
        tree->initrd_start = number(data, size);
    } else if (is_node(node, "chosen") && equal(name, "linux,initrd-end")) {
        tree->initrd_end = number(data, size);
    } else if (is_node(node, "psci") && equal(name, "method")) {
        machine->has_psci = true;
        machine->psci.use_hvc = equal(data, "hvc");
    } else if (is_node(node, "memory") && equal(name, "reg")) {
        // The root of this board has two cells for addresses and two for sizes.
        for (; size >= 16 && machine->num_ranges < SHIM_MAX_RANGES; data += 16, size -= 16) {
            machine->ranges[machine->num_ranges++] =
                (struct zbi_mem_range){.paddr = number(data, 8),
                                       .length = number(data + 8, 8),
                                       .type = ZBI_MEM_RANGE_RAM};
        }
    }
}

static void walk(const char* fdt, struct tree* tree) {
    if (be32(fdt) != FDT_MAGIC) {
        shim_fail("no device tree");
    }
    const char* at = fdt + be32(fdt + 8);
    const char* strings = fdt + be32(fdt + 12);
    const char* node = "";
    int depth = 0;
    for (;;) {
        uint32_t token = be32(at);
        at += 4;
        if (token == FDT_BEGIN_NODE) {
            node = ++depth == 2 ? at : node;
            at += ROUND_UP(strlen(at) + 1, 4u);
        } else if (token == FDT_END_NODE) {
            depth--;
        } else if (token == FDT_PROP) {
            uint32_t size = be32(at);
            if (depth == 2) {
                property(tree, node, strings + be32(at + 4), at + 8, size);
            }
            at += 8 + ROUND_UP(size, 4u);
        } else if (token != FDT_NOP) {
            return;
        }
    }
}

struct handover shim_main(const char* fdt) {
    static struct tree tree;
    walk(fdt, &tree);
    if (tree.initrd_start == 0) {
        shim_fail("no initrd: give the ZBI with -initrd");
    }
    // The tree may lie behind the ZBI; everything needed has been read.
    uintptr_t room_end = ROUND_UP(tree.initrd_end, 4096u) + 4096u;
    struct handover handover =
        shim_prepare((struct zbi_header*)tree.initrd_start, ZBI_TYPE_KERNEL_ARM64, KERNEL_LOAD,
                     tree.initrd_start, room_end, &tree.machine);
    handover.entry += KERNEL_LOAD;  // the item has an offset from the image's start
    return handover;
}
