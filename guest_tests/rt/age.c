/* The kernel's age, by the symbols its vDSO has and lacks (dates: harness/zxhil/abi/ages.py). A call
 * whose prototype may be different at that age must not be made: it could write through a wrong
 * pointer. */
#include "rt.h"

uint32_t age_earliest;
uint32_t age_latest = ZXHIL_AGE_NEVER;
static const char* earliest_by;
static const char* latest_by;

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
    /* Absent but already introduced by then: removed. Not yet removed by then: not yet introduced. */
    if (!w->born_by || age_earliest > w->born_by)
        not_before(w->gone_after ? w->gone_after : age_horizon, name);
    else if (age_latest < (w->gone_after ? w->gone_after : age_horizon))
        not_after(w->born_by, name);
}

void age_conclude(void) {
    /* Each round may settle what an earlier round left open. */
    for (unsigned round = 0; round < 4; ++round) {
        const char* name = zx_witness_names;
        for (unsigned i = 0; i < zx_witness_count; ++i, name += text_length(name) + 1)
            weigh(&zx_witnesses[i], name, vdso_find(name) != 0);
    }
}

bool age_holds(const zxhil_call_t* call) {
    uint32_t changed = call->changed, ended = call->ended;
    if (!changed && !ended) return true;
    /* What the vDSO shows takes precedence over what the user states. */
    if (call->holds == 2 || age_latest < changed || (ended && age_earliest > ended)) return false;
    return call->holds == 1 || (age_earliest <= age_latest && age_earliest > changed &&
                                (!ended || age_latest <= ended));
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
