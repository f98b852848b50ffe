// The header of a ZBI that holds only a kernel item: container, item header, zbi_kernel_t, and
// this kernel's name, so that an image tool can tell it from Zircon without running it.
// The zbi_kernel_* symbols come from the linker script.
#define ZBI_KERNEL_HEAD(item_type)                       \
    .section .zbi_head, "ax";                            \
    .int 0x544f4f42, zbi_kernel_file_size - 32;          \
    .int 0x868cf7e6, 0x00010000;                         \
    .int 0, 0, 0xb5781729, 0x4a87e8d6;                   \
    .int item_type, zbi_kernel_file_size - 64;           \
    .int 0, 0x00010000;                                  \
    .int 0, 0, 0xb5781729, 0x4a87e8d6;                   \
    .quad zbi_kernel_entry;                              \
    .quad zbi_kernel_reserve;                            \
    .globl standin_version;                              \
    standin_version: .asciz STANDIN_VERSION;             \
    .balign 64
