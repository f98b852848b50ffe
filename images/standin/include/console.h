// Serial output, and the kernel's own name.
#pragma once

#include "base.h"

void console_write(const char* text, size_t size);

// "zxhil-standin-<digest of the sources>", under 64 bytes with its NUL.
extern const char standin_version[];
