// The kernel item's header, and the switch from identity-mapped to link addresses.

#include "zbi_head.h"

#define KERNEL_OFFSET 0xffffffff80000000

ZBI_KERNEL_HEAD(0x4c4e524b)

.section .text
.globl start
start:
    // Symbols have link addresses; subtracting the offset gives physical ones.
    movq $boot_pml4 - KERNEL_OFFSET, %rax
    movq %rax, %cr3
    movq $1f, %rax
    jmp *%rax
1:  leaq bss_start(%rip), %rdi
    leaq image_end(%rip), %rcx
    subq %rdi, %rcx
    xorl %eax, %eax
    rep stosb
    leaq kernel_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    movl %esi, %edi
    call kernel_main
    ud2

// Physical memory below 4 GiB is mapped three times: identity (until arch_init removes that),
// in the physical map, and its first GiB at the kernel's link address.
.data
.balign 4096
.globl boot_pml4
boot_pml4:
    .quad boot_pdpt - KERNEL_OFFSET + 3
    .fill 255, 8, 0
    .quad boot_pdpt - KERNEL_OFFSET + 3
    .fill 254, 8, 0
    .quad boot_pdpt_kernel - KERNEL_OFFSET + 3
boot_pdpt:
    .quad boot_pd - KERNEL_OFFSET + 3
    .quad boot_pd - KERNEL_OFFSET + 0x1003
    .quad boot_pd - KERNEL_OFFSET + 0x2003
    .quad boot_pd - KERNEL_OFFSET + 0x3003
    .fill 508, 8, 0
boot_pdpt_kernel:
    .fill 510, 8, 0
    .quad boot_pd - KERNEL_OFFSET + 3
    .quad 0
boot_pd:
    .set address, 0
    .rept 2048
    .quad address + 0x183       // present, writable, 2 MiB, global
    .set address, address + 0x200000
    .endr

.bss
.balign 4096
kernel_stack: .skip 65536
.globl kernel_stack_top
kernel_stack_top:
.skip 8192
.globl double_fault_stack_top
double_fault_stack_top:
