#pragma once

#include <stddef.h>

// Changes what is about to be written as the faults want it; returns how much is left to write.
size_t serial_faults(char* text, size_t size);
