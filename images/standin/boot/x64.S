// Multiboot 1 entry: 32-bit protected mode without paging, to 64-bit mode with the first 4 GiB
// identity-mapped, as a ZBI's kernel item expects on entry (rsi = the ZBI).

#define MULTIBOOT_MAGIC 0x1badb002
// Bit 1: memory information. Bit 16: load by the addresses below, not as an ELF file.
#define MULTIBOOT_FLAGS 0x00010002

#define EFER_MSR 0xc0000080

.section .text.start, "ax"
.code32
multiboot_header:
    .int MULTIBOOT_MAGIC
    .int MULTIBOOT_FLAGS
    .int -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
    .int multiboot_header
    .int shim_start
    .int shim_file_end
    .int shim_end
    .int entry

entry:
    movl $stack_top, %esp
    pushl %ebx
    pushl %eax
    call shim_main
    movl %eax, %ebp             // kernel entry
    movl %edx, %esi             // ZBI

    // Page directories: 2 MiB pages, present and writable.
    movl $page_directories, %edi
    movl $0x83, %eax
1:  movl %eax, (%edi)
    addl $8, %edi
    addl $0x200000, %eax
    jnc 1b
    movl $page_directories + 0x3, %eax
    movl $pdpt, %edi
    movl $4, %ecx
2:  movl %eax, (%edi)
    addl $8, %edi
    addl $0x1000, %eax
    loop 2b
    movl $pdpt + 0x3, pml4

    movl $pml4, %eax
    movl %eax, %cr3
    movl %cr4, %eax
    orl $0x20, %eax             // PAE
    movl %eax, %cr4
    movl $EFER_MSR, %ecx
    rdmsr
    orl $0x100, %eax            // LME
    wrmsr
    movl %cr0, %eax
    orl $0x80000001, %eax       // PG, PE
    movl %eax, %cr0
    lgdt gdt_pointer
    ljmp $8, $3f
.code64
3:  movl $16, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %ebp, %ebp             // the upper halves are undefined after the switch
    movl %esi, %esi
    jmp *%rbp

.section .rodata, "a"
.balign 8
gdt:
    .quad 0
    .quad 0x00af9b000000ffff    // 64-bit code
    .quad 0x00cf93000000ffff    // data
gdt_pointer:
    .word . - gdt - 1
    .int gdt

.bss
.balign 4096
pml4: .skip 4096
pdpt: .skip 4096
page_directories: .skip 4 * 4096
.skip 16384
stack_top:
