#include "faults.h"

#include "cmdline.h"

bool faults[NUM_FAULTS];

static const char* const names[NUM_FAULTS] = {
#define FAULT(id, name, page, clause, description) [FAULT_##id] = name,
#include "faults.def"
#undef FAULT
};

#define PREFIX "standin.fault="

void faults_init(void) {
    for (const char* word = cmdline_next(NULL); word != NULL; word = cmdline_next(word)) {
        if (!starts_with(word, PREFIX)) {
            continue;
        }
        const char* name = word + strlen(PREFIX);
        size_t i = 0;
        while (i < NUM_FAULTS && (strlen(names[i]) != strlen(name) || !starts_with(name, names[i]))) {
            i++;
        }
        if (i == NUM_FAULTS) {
            panic("standin.fault: no fault is called %s", name);
        }
        faults[i] = true;
        LOG("standin: fault on: %s", name);
    }
}
