// User page tables: four levels of 4 KiB pages under the lower half of the one PML4.
#include "cpu.h"
#include "mm.h"

#define PTE_PRESENT 1ul
#define PTE_WRITE 2ul
#define PTE_USER 4ul
#define PTE_NO_EXECUTE (1ul << 63)
#define PTE_ADDRESS 0x000ffffffffff000ul

static uint64_t* entry_of(uint64_t* table, uint64_t va, int level) {
    return &table[va >> (12 + 9 * level) & 511];
}

bool arch_map_user(uint64_t va, uint64_t phys, unsigned prot) {
    CHECK(va >= USER_BASE && va < USER_TOP && (va | phys) % PAGE_SIZE == 0);
    uint64_t* table = boot_pml4;
    for (int level = 3; level > 0; level--) {
        uint64_t* entry = entry_of(table, va, level);
        if (!(*entry & PTE_PRESENT)) {
            void* page = page_alloc_zeroed();
            if (page == NULL) {
                return false;
            }
            *entry = virt_to_phys(page) | PTE_PRESENT | PTE_WRITE | PTE_USER;
        }
        table = phys_to_virt(*entry & PTE_ADDRESS);
    }
    uint64_t* entry = entry_of(table, va, 0);
    CHECK(!(*entry & PTE_PRESENT));
    *entry = phys | PTE_PRESENT | PTE_USER | (prot & PROT_WRITE ? PTE_WRITE : 0) |
             (prot & PROT_EXECUTE ? 0 : PTE_NO_EXECUTE);
    return true;
}

void* arch_user_byte(uint64_t va, bool write) {
    uint64_t need = PTE_PRESENT | PTE_USER | (write ? PTE_WRITE : 0);
    if (va < USER_BASE || va >= USER_TOP) {
        return NULL;
    }
    uint64_t* table = boot_pml4;
    for (int level = 3; level >= 0; level--) {
        uint64_t entry = *entry_of(table, va, level);
        if ((entry & need) != need) {
            return NULL;
        }
        table = phys_to_virt(entry & PTE_ADDRESS);
    }
    return (char*)table + va % PAGE_SIZE;
}
