// Buddy allocator over one range of physical memory, and a heap of power-of-two sizes on it.
#include "mm.h"

// One byte per page records what begins there.
enum {
    PAGE_INSIDE = 0xff,      // not the first page of anything
    PAGE_FREE = 0x40,        // | order
    PAGE_SLAB = 0x80,        // | index of the size class
    PAGE_ORDER_MASK = 0x1f,  // allocated: the order alone
};

#define SMALLEST_SHIFT 5u
#define NUM_CLASSES 7u  // 32 bytes to 2 KiB

static struct list free_blocks[PAGES_MAX_ORDER + 1];
static struct list free_slots[NUM_CLASSES];
static uint8_t* page_info;
static char* base;
static size_t num_pages;

static size_t index_of(const void* p) { return (size_t)((const char*)p - base) / PAGE_SIZE; }

static void block_free(size_t index, unsigned order) {
    for (; order < PAGES_MAX_ORDER; order++) {
        size_t buddy = index ^ (1ul << order);
        if (buddy + (1ul << order) > num_pages || page_info[buddy] != (PAGE_FREE | order)) {
            break;
        }
        list_remove((struct list*)(base + buddy * PAGE_SIZE));
        page_info[buddy > index ? buddy : index] = PAGE_INSIDE;
        index &= buddy;
    }
    page_info[index] = (uint8_t)(PAGE_FREE | order);
    list_add_tail(&free_blocks[order], (struct list*)(base + index * PAGE_SIZE));
}

uint64_t pages_bytes(void) { return num_pages * PAGE_SIZE; }

void pages_init(uint64_t phys, uint64_t size) {
    for (unsigned i = 0; i <= PAGES_MAX_ORDER; i++) {
        list_init(&free_blocks[i]);
    }
    for (unsigned i = 0; i < NUM_CLASSES; i++) {
        list_init(&free_slots[i]);
    }
    uint64_t start = ROUND_UP(phys, PAGE_SIZE);
    num_pages = (phys + size - start) / (PAGE_SIZE + 1);
    page_info = phys_to_virt(start);
    base = (char*)page_info + ROUND_UP(num_pages, PAGE_SIZE);
    size_t left = (phys + size - virt_to_phys(base)) / PAGE_SIZE;
    num_pages = left < num_pages ? left : num_pages;
    memset(page_info, PAGE_INSIDE, num_pages);
    for (size_t index = 0; index < num_pages;) {
        unsigned order = PAGES_MAX_ORDER;
        while (index + (1ul << order) > num_pages) {
            order--;
        }
        block_free(index, order);
        index += 1ul << order;
    }
}

void* pages_alloc(unsigned order) {
    unsigned found = order;
    while (found <= PAGES_MAX_ORDER && list_empty(&free_blocks[found])) {
        found++;
    }
    if (found > PAGES_MAX_ORDER) {
        return NULL;
    }
    struct list* block = free_blocks[found].next;
    list_remove(block);
    size_t index = index_of(block);
    while (found > order) {
        found--;
        size_t half = index + (1ul << found);
        page_info[half] = (uint8_t)(PAGE_FREE | found);
        list_add_tail(&free_blocks[found], (struct list*)(base + half * PAGE_SIZE));
    }
    page_info[index] = (uint8_t)order;
    return block;
}

void* page_alloc_zeroed(void) {
    void* page = pages_alloc(0);
    return page == NULL ? NULL : memset(page, 0, PAGE_SIZE);
}

static unsigned ceil_log2(size_t n) { return n <= 1 ? 0 : 64 - (unsigned)__builtin_clzl(n - 1); }

void* kmalloc(size_t size) {
    unsigned shift = ceil_log2(size);
    if (shift >= SMALLEST_SHIFT + NUM_CLASSES) {
        unsigned order = shift > 12 ? shift - 12 : 0;
        return order > PAGES_MAX_ORDER ? NULL : pages_alloc(order);
    }
    unsigned class = shift > SMALLEST_SHIFT ? shift - SMALLEST_SHIFT : 0;
    struct list* slots = &free_slots[class];
    if (list_empty(slots)) {
        char* page = pages_alloc(0);
        if (page == NULL) {
            return NULL;
        }
        page_info[index_of(page)] = (uint8_t)(PAGE_SLAB | class);
        for (size_t at = 0; at < PAGE_SIZE; at += 1ul << (class + SMALLEST_SHIFT)) {
            list_add_tail(slots, (struct list*)(page + at));
        }
    }
    struct list* slot = slots->prev;  // most recently freed, still in the cache
    list_remove(slot);
    return slot;
}

void* kzalloc(size_t size) {
    void* memory = kmalloc(size);
    return memory == NULL ? NULL : memset(memory, 0, size);
}

void kfree(void* memory) {
    if (memory == NULL) {
        return;
    }
    uint8_t info = page_info[index_of(memory)];
    CHECK(info != PAGE_INSIDE);
    if (info & PAGE_SLAB) {
        list_add_tail(&free_slots[info & PAGE_ORDER_MASK], memory);
    } else {
        CHECK(info <= PAGES_MAX_ORDER);
        block_free(index_of(memory), info);
    }
}
