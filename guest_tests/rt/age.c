/* How old the kernel is, by what its vDSO has and lacks (harness/zxhil/abi/ages.py has the dates). A
 * call whose prototype may be another one at that age must not be made: what it writes through would
 * be anybody's memory. */
#include "rt.h"

#define MOST_CALLS 128

uint32_t age_earliest;
uint32_t age_latest = ZXHIL_AGE_NEVER;
static const char* earliest_by;
static const char* latest_by;

/* What the harness knows, by slot: 0 nothing, 1 the prototype holds, 2 it does not. Set in the
 * finished file, so the compiler must not see what is in it. */
__attribute__((section("zx_prototypes"), used)) const volatile uint8_t prototypes[MOST_CALLS] = {0};

static void not_before(uint32_t day, const char* name) {
    if (day <= age_earliest) return;
    age_earliest = day;
    earliest_by = name;
}

static void not_after(uint32_t day, const char* name) {
    if (day >= age_latest) return;
    age_latest = day;
    latest_by = name;
}

static void weigh(const age_witness_t* w, const char* name, bool present) {
    if (present) {
        not_before(w->born_after, name);
        if (w->gone_by) not_after(w->gone_by, name);
        return;
    }
    /* It had come by then: it is gone. It had not gone by then: it has not come. */
    if (!w->born_by || age_earliest > w->born_by)
        not_before(w->gone_after ? w->gone_after : age_horizon, name);
    else if (age_latest < (w->gone_after ? w->gone_after : age_horizon))
        not_after(w->born_by, name);
}

void age_conclude(void) {
    /* Each round may settle what an earlier one left open. */
    for (unsigned round = 0; round < 4; ++round) {
        const char* name = zx_witness_names;
        for (unsigned i = 0; i < zx_witness_count; ++i, name += text_length(name) + 1)
            weigh(&zx_witnesses[i], name, vdso_find(name) != 0);
    }
}

bool age_holds(unsigned slot) {
    uint8_t told = slot < MOST_CALLS ? prototypes[slot] : 0;
    uint32_t changed = zx_call_changed[slot];
    if (!changed) return true;
    /* What the vDSO shows goes before what a person says. */
    if (told == 2 || age_latest < changed) return false;
    return told == 1 || (age_earliest <= age_latest && age_earliest > changed);
}

void age_announce(void) {
    record_open('G');
    record_decimal(age_earliest);
    record_char(' ');
    record_decimal(age_latest);
    record_char(' ');
    record_text(earliest_by ? earliest_by : "-");
    record_char(' ');
    record_text(latest_by ? latest_by : "-");
    record_close();
}
