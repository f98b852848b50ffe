#include "clock.h"
#include "syscalls.h"

// Numbered as in vdso.S.
enum {
    BEFORE_FIRST = 0x59,
#define SYSCALL(name) NUMBER_##name,
#include "syscalls.def"
#undef SYSCALL
};

#define ARGS(n) ARGS_(n)
#define ARGS_(n) ARGS_##n
#define ARGS_0
#define ARGS_1 args[0]
#define ARGS_2 ARGS_1, args[1]
#define ARGS_3 ARGS_2, args[2]
#define ARGS_4 ARGS_3, args[3]
#define ARGS_5 ARGS_4, args[4]
#define ARGS_6 ARGS_5, args[5]
#define ARGS_7 ARGS_6, args[6]
#define ARGS_8 ARGS_7, args[7]

// Arguments narrower than a register are truncated, as the prototypes say.
static int64_t call(uint64_t number, const uint64_t args[8]) {
    switch (number) {
#define SYSCALL(name)   \
    case NUMBER_##name: \
        return sys_##name(ARGS(ARGS_OF_##name));
#include "syscalls.def"
#undef SYSCALL
    default:
        return ZX_ERR_BAD_SYSCALL;
    }
}

uint64_t syscall_dispatch(uint64_t number, const uint64_t args[8]) {
    settle();
    int64_t status = call(number, args);
    settle();
    return (uint64_t)status;
}
