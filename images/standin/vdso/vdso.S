// The vDSO: for each call a function zx_NAME, and the same under _zx_NAME, that puts the private
// number and the arguments where the kernel expects them.

#include "entries.h"

#define FIRST_NUMBER 0x5a

.macro symbols name
.globl _zx_\name
.type _zx_\name, %function
.weak zx_\name
.type zx_\name, %function
.balign 16
_zx_\name:
zx_\name:
.endm

.set number, FIRST_NUMBER

.macro stub name, args
    symbols \name
#if defined(__x86_64__)
// Arguments seven and eight come on the stack and go in r12 and r13, which are callee-saved.
.if \args > 6
    pushq %r12
    pushq %r13
    movq 24(%rsp), %r12
    movq 32(%rsp), %r13
.endif
    movq %rcx, %r10
    movl $number, %eax
    syscall
.if \args > 6
    popq %r13
    popq %r12
.endif
    ret
#else
    mov x16, #number
    svc #0
    ret
#endif
    .size _zx_\name, . - _zx_\name
    .size zx_\name, . - zx_\name
    .set number, number + 1
.endm

.text
#define SYSCALL(name) stub name, ARGS_OF_##name
#include "syscalls/syscalls.def"

.section .note.GNU-stack, "", %progbits
