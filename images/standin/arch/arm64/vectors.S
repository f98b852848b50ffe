// Entry from user (EL0) to kernel (EL1) and back. One CPU, and threads change only between calls: each
// entry has the whole kernel stack to itself.

// struct frame: x0 to x30, sp, elr, spsr.
#define FRAME_SIZE 272

.macro save_frame
    sub sp, sp, #FRAME_SIZE
    stp x0, x1, [sp, #0]
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x19, [sp, #144]
    stp x20, x21, [sp, #160]
    stp x22, x23, [sp, #176]
    stp x24, x25, [sp, #192]
    stp x26, x27, [sp, #208]
    stp x28, x29, [sp, #224]
    mrs x21, elr_el1
    mrs x22, spsr_el1
    mov x0, sp
.endm

.macro kernel_vector
.balign 128
    b kernel_exception_entry
.endm

.macro user_vector to
.balign 128
    b \to
.endm

.text
.balign 2048
.globl vectors
vectors:
.rept 8
    kernel_vector
.endr
    user_vector user_sync_entry
    user_vector user_other_entry
    user_vector user_other_entry
    user_vector user_other_entry
.rept 4
    user_vector user_other_entry
.endr

kernel_exception_entry:
    save_frame
    add x20, sp, #FRAME_SIZE
    stp x30, x20, [sp, #240]
    stp x21, x22, [sp, #256]
    bl kernel_exception
    b .

user_other_entry:
    save_frame
    mrs x20, sp_el0
    stp x30, x20, [sp, #240]
    stp x21, x22, [sp, #256]
    bl user_other
    b .

user_sync_entry:
    save_frame
    mrs x20, sp_el0
    stp x30, x20, [sp, #240]
    stp x21, x22, [sp, #256]
    bl user_sync
    // Return from a system call, with x0 as the frame has it now.
    ldp x30, x20, [sp, #240]
    ldp x21, x22, [sp, #256]
    msr sp_el0, x20
    msr elr_el1, x21
    msr spsr_el1, x22
    ldp x0, x1, [sp, #0]
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x19, [sp, #144]
    ldp x20, x21, [sp, #160]
    ldp x22, x23, [sp, #176]
    ldp x24, x25, [sp, #192]
    ldp x26, x27, [sp, #208]
    ldp x28, x29, [sp, #224]
    add sp, sp, #FRAME_SIZE
    eret

// arch_enter_user(entry, sp, arg0, arg1). Interrupts stay masked; there are none.
.globl arch_enter_user
arch_enter_user:
    msr elr_el1, x0
    msr sp_el0, x1
    mov x4, #0x3c0
    msr spsr_el1, x4
    adrp x5, kernel_stack_top
    add x5, x5, :lo12:kernel_stack_top
    mov sp, x5
    mov x0, x2
    mov x1, x3
    mov x2, xzr
    mov x3, xzr
    mov x4, xzr
    mov x5, xzr
.irp n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    mov x\n, xzr
.endr
    dsb ish
    ic iallu
    dsb ish
    isb
    eret
