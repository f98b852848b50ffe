// BOOTFS (<zircon/boot/image.h>): a directory and page-aligned files.
#pragma once

#include "base.h"

struct file {
    const uint8_t* data;
    size_t size;
};

// Looks up a path ("bin/NAME"). False if it is not there or the directory is damaged.
bool bootfs_find(const uint8_t* image, size_t image_size, const char* path, struct file* file);
