// The kernel's command line: words between spaces.
#pragma once

#include "base.h"

#define CMDLINE_MAX 4096

// Appends text (of a CMDLINE item); what exceeds CMDLINE_MAX is dropped.
void cmdline_add(const char* text, size_t size);

// The next word after `previous` (NULL: the first one), NUL-terminated; NULL at the end.
const char* cmdline_next(const char* previous);

// What follows "key=" in the last such word, "" for the word "key" alone, else NULL.
const char* cmdline_get(const char* key);
bool starts_with(const char* word, const char* prefix);
