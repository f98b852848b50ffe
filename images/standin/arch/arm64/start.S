// The kernel item's header; EL2 to EL1; MMU on; jump to the kernel's link addresses.

#include "zbi_head.h"

ZBI_KERNEL_HEAD(0x384e524b)

#define PHYSMAP 0xffff000000000000

// Reserved bits that read as one; MMU and caches off, then on (M, C, I).
#define SCTLR_OFF 0x30d00800
#define SCTLR_ON 0x30d01805
#define HCR_RW (1 << 31)
#define CPTR_NO_TRAPS 0x33ff
#define SPSR_EL1H_MASKED 0x3c5
// Memory attributes: 0 device (nGnRnE), 1 normal, write-back.
#define MAIR 0xff00
// 48-bit addresses and 4 KiB pages in both halves, 40-bit physical ones, cacheable walks.
#define TCR 0x2b5103510
#define CPACR_FP (3 << 20)

.section .text
.globl start
start:
    mov x19, x0
    msr daifset, #15
    mrs x1, CurrentEL
    cmp x1, #(2 << 2)
    b.ne 1f
    mov x1, #HCR_RW
    msr hcr_el2, x1
    mov x1, #CPTR_NO_TRAPS
    msr cptr_el2, x1
    msr hstr_el2, xzr
    msr cntvoff_el2, xzr
    ldr x1, =SCTLR_OFF
    msr sctlr_el1, x1
    mov x1, #SPSR_EL1H_MASKED
    msr spsr_el2, x1
    adr x1, 1f
    msr elr_el2, x1
    eret
1:  ldr x1, =SCTLR_OFF
    msr sctlr_el1, x1
    isb
    adrp x1, boot_l0
    add x1, x1, :lo12:boot_l0
    msr ttbr0_el1, x1           // identity mapping, for as long as the pc needs it
    msr ttbr1_el1, x1
    ldr x1, =MAIR
    msr mair_el1, x1
    ldr x1, =TCR
    msr tcr_el1, x1
    tlbi vmalle1
    dsb sy
    isb
    ldr x1, =SCTLR_ON
    msr sctlr_el1, x1
    isb
    ldr x1, =2f
    br x1
2:  mov x1, #CPACR_FP
    msr cpacr_el1, x1
    adrp x1, bss_start
    add x1, x1, :lo12:bss_start
    adrp x2, image_end
    add x2, x2, :lo12:image_end
3:  cmp x1, x2
    b.hs 4f
    str xzr, [x1], #8
    b 3b
4:  adrp x1, kernel_stack_top
    add x1, x1, :lo12:kernel_stack_top
    mov sp, x1
    mov x29, xzr
    mov x30, xzr
    mov x0, x19
    bl kernel_main
    b .

// Physical memory in blocks of 1 GiB: the first holds the devices, the others memory.
#define BLOCK 0x1
#define TABLE 0x3
#define ATTRIBUTE_NORMAL (1 << 2)
#define INNER_SHAREABLE (3 << 8)
#define ACCESSED (1 << 10)
#define NOT_EXECUTABLE (3 << 53)
#define USER_NOT_EXECUTABLE (1 << 54)

.data
.balign 4096
.globl boot_l0
boot_l0:
    .quad boot_l1 - PHYSMAP + TABLE
    .fill 511, 8, 0
boot_l1:
    .quad 0x00000000 + BLOCK + ACCESSED + NOT_EXECUTABLE
    .quad 0x40000000 + BLOCK + ACCESSED + ATTRIBUTE_NORMAL + INNER_SHAREABLE + USER_NOT_EXECUTABLE
    .quad 0x80000000 + BLOCK + ACCESSED + ATTRIBUTE_NORMAL + INNER_SHAREABLE + USER_NOT_EXECUTABLE
    .quad 0xc0000000 + BLOCK + ACCESSED + ATTRIBUTE_NORMAL + INNER_SHAREABLE + USER_NOT_EXECUTABLE
    .fill 508, 8, 0

.bss
.balign 4096
.globl user_l0
user_l0: .skip 4096
kernel_stack: .skip 65536
.globl kernel_stack_top
kernel_stack_top:
