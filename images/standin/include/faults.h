// Switchable faults: standin.fault=NAME on the command line, may be repeated.
#pragma once

#include "base.h"

enum fault {
#define FAULT(id, name, page, clause, description) FAULT_##id,
#include "faults.def"
#undef FAULT
    NUM_FAULTS,
};

extern bool faults[NUM_FAULTS];

static inline bool fault_on(enum fault fault) { return __builtin_expect(faults[fault], false); }

// Reads the command line. An unknown name is printed on serial and panics: a run with a
// mistyped fault must not look like a run without one.
void faults_init(void);
