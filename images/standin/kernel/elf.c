// Maps ELF files (the first process, the vDSO) for user mode.
#include "boot.h"

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct program_header {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

#define ET_DYN 3
#define PT_LOAD 1
#define PT_INTERP 3
#define PF_X 1u
#define PF_W 2u
#if defined(__x86_64__)
#define ELF_MACHINE 62
#else
#define ELF_MACHINE 183
#endif

static const char* map_segment(const struct file* file, const struct program_header* ph,
                               uint64_t base) {
    if (ph->filesz > ph->memsz || ph->offset > file->size || ph->filesz > file->size - ph->offset ||
        ph->vaddr > USER_TOP || ph->memsz > USER_TOP) {
        return "a segment does not fit its file";
    }
    unsigned prot = PROT_READ | (ph->flags & PF_W ? PROT_WRITE : 0) |
                    (ph->flags & PF_X ? PROT_EXECUTE : 0);
    uint64_t end = ROUND_UP(ph->vaddr + ph->memsz, PAGE_SIZE);
    for (uint64_t at = ph->vaddr & ~(PAGE_SIZE - 1); at < end; at += PAGE_SIZE) {
        if (base + at >= USER_TOP || arch_user_byte(base + at, false) != NULL) {
            return "two segments share a page";
        }
        char* page = page_alloc_zeroed();
        if (page == NULL || !arch_map_user(base + at, virt_to_phys(page), prot)) {
            return "no memory";
        }
        uint64_t from = at > ph->vaddr ? at : ph->vaddr;
        uint64_t file_end = ph->vaddr + ph->filesz;
        uint64_t to = at + PAGE_SIZE < file_end ? at + PAGE_SIZE : file_end;
        if (from < to) {
            memcpy(page + (from - at), file->data + ph->offset + (from - ph->vaddr), to - from);
        }
    }
    return NULL;
}

const char* elf_map(const struct file* file, uint64_t base, struct image* image) {
    const struct elf_header* elf = (const struct elf_header*)file->data;
    if (file->size < sizeof(*elf) || memcmp(elf->ident, "\177ELF\2\1", 6) != 0) {
        return "not a 64-bit little-endian ELF file";
    }
    if (elf->type != ET_DYN || elf->machine != ELF_MACHINE) {
        return "not a position-independent ELF file of this architecture";
    }
    if (elf->phentsize != sizeof(struct program_header) || elf->phoff > file->size ||
        elf->phnum * sizeof(struct program_header) > file->size - elf->phoff) {
        return "damaged program headers";
    }
    const struct program_header* ph = (const struct program_header*)(file->data + elf->phoff);
    for (size_t i = 0; i < elf->phnum; i++) {
        if (ph[i].type == PT_INTERP) {
            return "needs a loader (PT_INTERP)";
        }
        const char* wrong = ph[i].type == PT_LOAD ? map_segment(file, &ph[i], base) : NULL;
        if (wrong != NULL) {
            return wrong;
        }
    }
    *image = (struct image){base, base + elf->entry};
    return NULL;
}
