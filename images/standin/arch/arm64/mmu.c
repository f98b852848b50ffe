// User page tables: four levels of 4 KiB pages under TTBR0.
#include "cpu.h"
#include "mm.h"

#define PTE_VALID 1ul
#define PTE_TABLE 2ul
#define PTE_PAGE 2ul
#define PTE_NORMAL (1ul << 2)
#define PTE_USER (1ul << 6)
#define PTE_READ_ONLY (1ul << 7)
#define PTE_INNER_SHAREABLE (3ul << 8)
#define PTE_ACCESSED (1ul << 10)
#define PTE_NOT_GLOBAL (1ul << 11)
#define PTE_KERNEL_NO_EXECUTE (1ul << 53)
#define PTE_USER_NO_EXECUTE (1ul << 54)
#define PTE_ADDRESS 0x0000fffffffff000ul

static uint64_t* entry_of(uint64_t* table, uint64_t va, int level) {
    return &table[va >> (12 + 9 * level) & 511];
}

bool arch_map_user(uint64_t va, uint64_t phys, unsigned prot) {
    CHECK(va >= USER_BASE && va < USER_TOP && (va | phys) % PAGE_SIZE == 0);
    uint64_t* table = user_l0;
    for (int level = 3; level > 0; level--) {
        uint64_t* entry = entry_of(table, va, level);
        if (!(*entry & PTE_VALID)) {
            void* page = page_alloc_zeroed();
            if (page == NULL) {
                return false;
            }
            *entry = virt_to_phys(page) | PTE_VALID | PTE_TABLE;
        }
        table = phys_to_virt(*entry & PTE_ADDRESS);
    }
    uint64_t* entry = entry_of(table, va, 0);
    CHECK(!(*entry & PTE_VALID));
    *entry = phys | PTE_VALID | PTE_PAGE | PTE_NORMAL | PTE_USER | PTE_INNER_SHAREABLE |
             PTE_ACCESSED | PTE_NOT_GLOBAL | PTE_KERNEL_NO_EXECUTE |
             (prot & PROT_WRITE ? 0 : PTE_READ_ONLY) |
             (prot & PROT_EXECUTE ? 0 : PTE_USER_NO_EXECUTE);
    __asm__ volatile("dsb ishst" ::: "memory");
    return true;
}

void* arch_user_byte(uint64_t va, bool write) {
    if (va < USER_BASE || va >= USER_TOP) {
        return NULL;
    }
    uint64_t* table = user_l0;
    uint64_t entry = 0;
    for (int level = 3; level >= 0; level--) {
        entry = *entry_of(table, va, level);
        if (!(entry & PTE_VALID)) {
            return NULL;
        }
        table = phys_to_virt(entry & PTE_ADDRESS);
    }
    if (!(entry & PTE_USER) || (write && entry & PTE_READ_ONLY)) {
        return NULL;
    }
    return (char*)table + va % PAGE_SIZE;
}
