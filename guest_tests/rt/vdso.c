/* Finding system calls in the vDSO by name. System call numbers are private to each kernel build;
 * the symbols of the vDSO, an ELF shared object that the kernel maps into each process, are not.
 * It has a GNU hash table and no other. */
#include "rt.h"

typedef struct {
    uint32_t name;
    uint8_t info;
    uint8_t other;
    uint16_t section;
    uint64_t value;
    uint64_t size;
} Symbol;

#define PHDR_OFFSET_AT 32 /* Elf64_Ehdr.e_phoff */
#define PHDR_COUNT_AT 56  /* Elf64_Ehdr.e_phnum */
#define PHDR_SIZE 56
#define PT_LOAD 1
#define PT_DYNAMIC 2
#define PF_X 1
#define DT_STRTAB 5
#define DT_SYMTAB 6
#define DT_GNU_HASH 0x6ffffef5

static const char* image;
static const char* names;
static const Symbol* symbols;
static const uint32_t* hash;

static uint64_t u64_at(const char* p) {
    uint64_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

static uint32_t u32_at(const char* p) {
    uint32_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

static const char* dynamic_section(void) {
    const char* header = image + u64_at(image + PHDR_OFFSET_AT);
    unsigned count = u32_at(image + PHDR_COUNT_AT) & 0xffff;
    for (unsigned i = 0; i < count; ++i, header += PHDR_SIZE)
        if (u32_at(header) == PT_DYNAMIC) return image + u64_at(header + 16);
    return NULL;
}

bool vdso_segment(unsigned number, vdso_segment_t* segment) {
    const char* header = image + u64_at(image + PHDR_OFFSET_AT);
    unsigned count = u32_at(image + PHDR_COUNT_AT) & 0xffff;
    for (unsigned i = 0; i < count; ++i, header += PHDR_SIZE) {
        if (u32_at(header) != PT_LOAD || number--) continue;
        *segment = (vdso_segment_t){(uintptr_t)image + u64_at(header + 16), u64_at(header + 8),
                                    u64_at(header + 40), (u32_at(header + 4) & PF_X) != 0};
        return true;
    }
    return false;
}

void vdso_open(const void* base) {
    image = base;
    const char* entry = dynamic_section();
    for (; entry && u64_at(entry); entry += 16) {
        const char* target = image + u64_at(entry + 8);
        switch (u64_at(entry)) {
        case DT_STRTAB: names = target; break;
        case DT_SYMTAB: symbols = (const Symbol*)(const void*)target; break;
        case DT_GNU_HASH: hash = (const uint32_t*)(const void*)target; break;
        }
    }
}

static uint32_t hash_more(uint32_t value, const char* text) {
    while (*text) value = value * 33 + (uint8_t)*text++;
    return value;
}

uintptr_t vdso_find(const char* name) {
    if (!names || !symbols || !hash) return 0;
    uint32_t wanted = hash_more(hash_more(5381, "zx_"), name);
    uint32_t bucket_count = hash[0], first = hash[1], bloom_words = hash[2];
    const uint32_t* buckets = hash + 4 + 2 * bloom_words;
    const uint32_t* chains = buckets + bucket_count;
    uint32_t i = bucket_count ? buckets[wanted % bucket_count] : 0;
    if (i < first) return 0;
    for (;; ++i) {
        uint32_t found = chains[i - first];
        const char* text = names + symbols[i].name;
        if ((found | 1) == (wanted | 1) && text_equal("zx_", text, 3) &&
            text_equal(name, text + 3, text_length(text + 3)))
            return (uintptr_t)image + symbols[i].value;
        if (found & 1) return 0;
    }
}
