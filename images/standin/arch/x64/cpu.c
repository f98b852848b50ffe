// Descriptor tables, system call registers, power-off and reset.
#include "cpu.h"

static uint64_t gdt[8] = {
    [SELECTOR_KERNEL_CODE / 8] = 0x00af9b000000ffff,
    [SELECTOR_KERNEL_DATA / 8] = 0x00cf93000000ffff,
    [SELECTOR_USER_DATA / 8] = 0x00cff3000000ffff,
    [SELECTOR_USER_CODE / 8] = 0x00affb000000ffff,
};

struct __attribute__((packed)) tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map;
};

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, flags;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

struct __attribute__((packed)) table_pointer {
    uint16_t limit;
    const void* base;
};

#define DOUBLE_FAULT 8
#define GATE_INTERRUPT 0x8e

static struct tss tss;
static struct gate idt[32];

static void load_tables(void) {
    tss.rsp[0] = (uint64_t)kernel_stack_top;
    tss.ist[0] = (uint64_t)double_fault_stack_top;
    tss.io_map = sizeof(tss);
    uint64_t base = (uint64_t)&tss;
    gdt[SELECTOR_TSS / 8] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89ul << 40 |
                            (base >> 24 & 0xff) << 56;
    gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
    for (size_t i = 0; i < COUNT_OF(idt); i++) {
        uint64_t to = (uint64_t)exception_entries[i];
        idt[i] = (struct gate){
            .offset_low = (uint16_t)to,
            .selector = SELECTOR_KERNEL_CODE,
            .ist = i == DOUBLE_FAULT ? 1 : 0,
            .flags = GATE_INTERRUPT,
            .offset_middle = (uint16_t)(to >> 16),
            .offset_high = (uint32_t)(to >> 32),
        };
    }
    struct table_pointer gdt_pointer = {sizeof(gdt) - 1, gdt};
    struct table_pointer idt_pointer = {sizeof(idt) - 1, idt};
    __asm__ volatile(
        "lgdt %0; lidt %1\n"
        "movl %2, %%eax; movl %%eax, %%ss; movl %%eax, %%ds; movl %%eax, %%es\n"
        "xorl %%eax, %%eax; movl %%eax, %%fs; movl %%eax, %%gs\n"
        "pushq %3; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:\n"
        "movl %4, %%eax; ltr %%ax"
        :
        : "m"(gdt_pointer), "m"(idt_pointer), "i"(SELECTOR_KERNEL_DATA), "i"(SELECTOR_KERNEL_CODE),
          "i"(SELECTOR_TSS)
        : "rax", "memory");
}

// The bits of CPUID leaf 7, EBX, for the protections of user memory.
#define CPUID_SMEP (1u << 7)
#define CPUID_SMAP (1u << 20)

void arch_init(void) {
    console_init();
    load_tables();
    write_msr(MSR_EFER, read_msr(MSR_EFER) | EFER_SCE | EFER_NXE);
    write_msr(MSR_STAR, (uint64_t)SELECTOR_SYSRET_BASE << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32);
    write_msr(MSR_LSTAR, (uint64_t)syscall_entry);
    // Interrupts, single step, direction and alignment check are off in the kernel.
    write_msr(MSR_FMASK, 0x40700);

    uint32_t leaf = 7, features, unused = 0, unused_d;
    __asm__ volatile("cpuid" : "+a"(leaf), "=b"(features), "+c"(unused), "=d"(unused_d));
    uint64_t cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;
    cr4 |= features & CPUID_SMEP ? CR4_SMEP : 0;
    cr4 |= features & CPUID_SMAP ? CR4_SMAP : 0;
    uint64_t cr0;
    __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
    cr0 = (cr0 & ~0x4ul) | 0x10002;  // SSE without emulation; read-only pages hold for the kernel
    __asm__ volatile("movq %0, %%cr0; movq %1, %%cr4" ::"r"(cr0), "r"(cr4));

    boot_pml4[0] = 0;  // user addresses begin here
    __asm__ volatile("movq %%cr3, %%rax; movq %%rax, %%cr3" ::: "rax", "memory");
}

void arch_driver_config(uint32_t kind, const void* payload, size_t size) {
    (void)kind, (void)payload, (void)size;  // the PC's devices have fixed addresses
}

uint64_t arch_image_phys(void) { return (uint64_t)image_start - 0xffffffff80000000; }

uint64_t arch_ticks(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low | (uint64_t)high << 32;
}

// The q35's power management timer, as its firmware places it: 24 bits.
#define PM_TIMER 0x608
#define PM_TIMER_MASK 0xffffffu
#define PM_TIMER_HZ 3579545ul
#define PM_TIMER_SPAN 1024u
#define PM_TIMER_TRIES 4u
#define PM_TIMER_READS 1000000u

static uint64_t measured_rate(void) {
    uint64_t begun = arch_ticks();
    uint32_t first = inl(PM_TIMER), span = 0;
    for (uint32_t i = 0; i < PM_TIMER_READS && span < PM_TIMER_SPAN; i++) {
        span = (inl(PM_TIMER) - first) & PM_TIMER_MASK;
    }
    // A machine without that timer: any rate is as good as another.
    return span == 0 ? 1000000000 : (arch_ticks() - begun) * PM_TIMER_HZ / span;
}

uint64_t arch_ticks_per_second(void) {
    static uint64_t rate;
    if (rate == 0) {
        // A host that takes the processor away between the two clocks makes it too large, and ten
        // times too large is more than clock_now() can multiply: the time would go backwards.
        rate = measured_rate();
        for (uint32_t i = 1; i < PM_TIMER_TRIES; i++) {
            uint64_t again = measured_rate();
            rate = again < rate ? again : rate;
        }
    }
    return rate;
}

#define FLAGS_ALWAYS 2u

struct context arch_new_context(uint64_t entry, uint64_t sp, uint64_t arg0, uint64_t arg1) {
    return (struct context){.sp = sp, .rdi = arg0, .rsi = arg1, .flags = FLAGS_ALWAYS, .pc = entry};
}

uint64_t arch_initial_sp(uint64_t top) { return (top & ~15ul) - 8; }

_Noreturn void arch_halt(void) {
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}

// QEMU's isa-debug-exit (if present) turns N into exit code 2N+1; Zircon exits with 31.
#define DEBUG_EXIT_PORT 0xf4
#define DEBUG_EXIT_VALUE 15
// The q35's power management control, as its firmware places it: sleep, type 0 (soft off).
#define PM1A_CONTROL 0x604
#define PM1A_SOFT_OFF 0x2000
#define RESET_CONTROL 0xcf9
#define RESET_FULL 0x06

_Noreturn void arch_power_off(void) {
    outb(DEBUG_EXIT_PORT, DEBUG_EXIT_VALUE);
    outw(PM1A_CONTROL, PM1A_SOFT_OFF);
    arch_halt();
}

_Noreturn void arch_reboot(void) {
    outb(RESET_CONTROL, RESET_FULL);
    arch_halt();
}
