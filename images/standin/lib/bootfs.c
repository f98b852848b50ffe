#include "bootfs.h"

#define BOOTFS_MAGIC 0xa56d3ff9u

struct bootfs_header {
    uint32_t magic, dirsize, reserved[2];
};

struct bootfs_entry {
    uint32_t name_len;  // with its NUL, without the padding to the next entry
    uint32_t data_len, data_off;
    char name[];
};

bool bootfs_find(const uint8_t* image, size_t image_size, const char* path, struct file* file) {
    const struct bootfs_header* header = (const struct bootfs_header*)image;
    if (image_size < sizeof(*header) || header->magic != BOOTFS_MAGIC ||
        header->dirsize > image_size - sizeof(*header)) {
        return false;
    }
    const char* at = (const char*)(header + 1);
    const char* end = at + header->dirsize;
    size_t path_size = strlen(path) + 1;
    while ((size_t)(end - at) >= sizeof(struct bootfs_entry)) {
        const struct bootfs_entry* entry = (const struct bootfs_entry*)at;
        size_t entry_size = sizeof(*entry) + ROUND_UP((size_t)entry->name_len, 4u);
        if (entry_size > (size_t)(end - at)) {
            return false;
        }
        if (entry->name_len == path_size && memcmp(entry->name, path, path_size) == 0) {
            *file = (struct file){image + entry->data_off, entry->data_len};
            return entry->data_off <= image_size && entry->data_len <= image_size - entry->data_off;
        }
        at += entry_size;
    }
    return false;
}
