// A Linux arm64 image header, as QEMU's loader expects it: x0 is the device tree.

#define TEXT_OFFSET 0x80000
// Little-endian, 4 KiB pages.
#define FLAGS 0x2

.section .text.start, "ax"
    b entry
    .int 0
    .quad TEXT_OFFSET
    .quad shim_size
    .quad FLAGS
    .quad 0, 0, 0
    .ascii "ARM\x64"
    .int 0

entry:
    adrp x1, stack_top
    add sp, x1, :lo12:stack_top
    adrp x1, bss_start
    add x1, x1, :lo12:bss_start
    adrp x2, stack_bottom
    add x2, x2, :lo12:stack_bottom
1:  cmp x1, x2
    b.hs 2f
    str xzr, [x1], #8
    b 1b
2:  bl shim_main
    // x0: kernel entry, x1: ZBI. The copied bytes are now code.
    mov x2, x0
    mov x0, x1
    dsb sy
    ic iallu
    dsb sy
    isb
    br x2

.section .stack, "aw", %nobits
.balign 16
stack_bottom:
    .skip 16384
stack_top:
