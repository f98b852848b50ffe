#pragma once

#include <stddef.h>

// Changes what is about to be written as the active faults require; returns the new size.
size_t serial_faults(char* text, size_t size);
