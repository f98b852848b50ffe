// Entry from user to kernel and back. One CPU, and threads change only between calls: each entry has
// the whole kernel stack to itself.

#include "cpu_offsets.h"

.text

// syscall: rax = number, arguments in rdi rsi rdx r10 r8 r9 r12 r13; rcx, r11 are the user's
// rip and flags. Nothing of the kernel may leak through the registers a C function may change.
.globl syscall_entry
syscall_entry:
    movq %rsp, user_rsp(%rip)
    leaq kernel_stack_top(%rip), %rsp
    pushq %rcx
    pushq %r11
    pushq %r13                  // args[7], and down to args[0]
    pushq %r12
    pushq %r9
    pushq %r8
    pushq %r10
    pushq %rdx
    pushq %rsi
    pushq %rdi
    movq %rax, %rdi
    movq %rsp, %rsi
    cld
    call syscall_dispatch
    addq $64, %rsp
    pushq %rax                  // struct context, with what was pushed first
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq $0
    pushq $0
    pushq user_rsp(%rip)
    movq %rsp, %rdi
    call threads_switch
    popq user_rsp(%rip)
    popq %rdi
    popq %rsi
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    popq %rax
    popq %r11
    popq %rcx
    movq user_rsp(%rip), %rsp
    xorl %edx, %edx
    xorl %r8d, %r8d
    xorl %r9d, %r9d
    xorl %r10d, %r10d
    sysretq

// arch_enter_user(entry, sp, arg0, arg1)
.globl arch_enter_user
arch_enter_user:
    pushq $SELECTOR_USER_DATA + 3
    pushq %rsi
    pushq $2                    // flags: only the bit that is always set
    pushq $SELECTOR_USER_CODE + 3
    pushq %rdi
    movq %rdx, %rdi
    movq %rcx, %rsi
    xorl %eax, %eax
    xorl %ebx, %ebx
    xorl %ecx, %ecx
    xorl %edx, %edx
    xorl %ebp, %ebp
    xorl %r8d, %r8d
    xorl %r9d, %r9d
    xorl %r10d, %r10d
    xorl %r11d, %r11d
    xorl %r12d, %r12d
    xorl %r13d, %r13d
    xorl %r14d, %r14d
    xorl %r15d, %r15d
    iretq

exception_common:
    pushq %r15
    pushq %r14
    pushq %r13
    pushq %r12
    pushq %r11
    pushq %r10
    pushq %r9
    pushq %r8
    pushq %rbp
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %rbx
    pushq %rax
    movq %rsp, %rdi
    cld
    call exception              // does not return
    ud2

.macro vector number
exception_\number:
// The CPU pushes an error code for these vectors alone.
.if \number != 8 && (\number < 10 || \number > 14) && \number != 17 && \number != 21
    pushq $0
.endif
    pushq $\number
    jmp exception_common
.endm

.altmacro
.set i, 0
.rept 32
    vector %i
    .set i, i + 1
.endr

.macro vector_address number
    .quad exception_\number
.endm

.section .rodata
.balign 8
.globl exception_entries
exception_entries:
.set i, 0
.rept 32
    vector_address %i
    .set i, i + 1
.endr

.bss
.balign 8
user_rsp: .skip 8
