// Zircon boot image: container and items. Facts of <zircon/boot/image.h> and, for the device
// configuration, of <zircon/boot/driver-config.h>.
#pragma once

#include "base.h"

#define ZBI_TYPE_CONTAINER 0x544f4f42u
#define ZBI_TYPE_KERNEL_X64 0x4c4e524bu
#define ZBI_TYPE_KERNEL_ARM64 0x384e524bu
#define ZBI_TYPE_DISCARD 0x50494b53u
#define ZBI_TYPE_CMDLINE 0x4c444d43u
#define ZBI_TYPE_BOOTFS 0x42534642u
#define ZBI_TYPE_MEM_CONFIG 0x434d454du
#define ZBI_TYPE_KERNEL_DRIVER 0x5652444bu

#define ZBI_CONTAINER_MAGIC 0x868cf7e6u
#define ZBI_ITEM_MAGIC 0xb5781729u
#define ZBI_ITEM_NO_CRC32 0x4a87e8d6u
#define ZBI_FLAG_VERSION 0x00010000u
#define ZBI_FLAG_STORAGE_COMPRESSED 0x00000001u

struct zbi_header {
    uint32_t type;
    uint32_t length;
    uint32_t extra;
    uint32_t flags;
    uint32_t reserved0;
    uint32_t reserved1;
    uint32_t magic;
    uint32_t crc32;
};
_Static_assert(sizeof(struct zbi_header) == 32, "an item header has 32 bytes");

struct zbi_kernel {
    uint64_t entry;
    uint64_t reserve_memory_size;
};

#define ZBI_MEM_RANGE_RAM 1u

struct zbi_mem_range {
    uint64_t paddr;
    uint64_t length;
    uint32_t type;
    uint32_t reserved;
};

#define KDRV_ARM_PSCI 0x49435350u

struct kdrv_psci {
    bool use_hvc;
};

static inline struct zbi_header* zbi_next(struct zbi_header* item) {
    return (struct zbi_header*)((char*)(item + 1) + ROUND_UP((size_t)item->length, 8u));
}
