/* The entry point. The kernel passes the bootstrap channel's handle and the vDSO's address in the
 * first two argument registers. Its stack is not used: one of our own, in .bss,
 * lets classify() tell from an address alone that a case's local variables are writable. */
#include "rt.h"

__attribute__((used, aligned(4096))) char zx_stack[STACK_SIZE];

#if defined(__x86_64__)
__asm__(
    ".pushsection .text._start,\"ax\"\n"
    ".globl _start\n"
    ".hidden _start\n"
    ".type _start, @function\n"
    "_start:\n"
    "    lea zx_stack+0x10000(%rip), %rsp\n"
    "    xor %ebp, %ebp\n"
    "    call zx_main\n"
    "    ud2\n"
    ".size _start, . - _start\n"
    ".popsection\n");
#elif defined(__aarch64__)
__asm__(
    ".pushsection .text._start,\"ax\"\n"
    ".globl _start\n"
    ".hidden _start\n"
    ".type _start, @function\n"
    "_start:\n"
    "    adrp x9, zx_stack+0x10000\n"
    "    add x9, x9, :lo12:zx_stack+0x10000\n"
    "    mov sp, x9\n"
    "    mov x29, xzr\n"
    "    mov x30, xzr\n"
    "    bl zx_main\n"
    "    brk #0\n"
    ".size _start, . - _start\n"
    ".popsection\n");
#else
#error "no entry point for this architecture"
#endif

_Static_assert(sizeof(zx_stack) == 0x10000, "the assembly above starts at the stack's end");
