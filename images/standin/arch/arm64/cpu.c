// C initialization, power-off and reset.
#include "cpu.h"
#include "zbi.h"

// EL0 may read the virtual counter.
#define CNTKCTL_EL0VCTEN 2

static bool psci_by_hvc;

void arch_init(void) {
    console_init();
    WRITE_REGISTER(vbar_el1, vectors);
    WRITE_REGISTER(cntkctl_el1, CNTKCTL_EL0VCTEN);
    WRITE_REGISTER(ttbr0_el1, virt_to_phys(user_l0));
    __asm__ volatile("tlbi vmalle1; dsb nsh; isb" ::: "memory");
}

void arch_driver_config(uint32_t kind, const void* payload, size_t size) {
    if (kind == KDRV_ARM_PSCI && size >= sizeof(struct kdrv_psci)) {
        psci_by_hvc = ((const struct kdrv_psci*)payload)->use_hvc;
    }
}

uint64_t arch_image_phys(void) { return virt_to_phys(image_start); }

uint64_t arch_ticks(void) { return READ_REGISTER(cntvct_el0); }

uint64_t arch_ticks_per_second(void) { return READ_REGISTER(cntfrq_el0); }

#define USER_MODE_MASKED 0x3c0u

struct context arch_new_context(uint64_t entry, uint64_t sp, uint64_t arg0, uint64_t arg1) {
    return (struct context){{arg0, arg1}, sp, entry, USER_MODE_MASKED};
}

uint64_t arch_initial_sp(uint64_t top) { return top & ~15ul; }

_Noreturn void arch_halt(void) {
    for (;;) {
        __asm__ volatile("wfi");
    }
}

#define PSCI_SYSTEM_OFF 0x84000008ul
#define PSCI_SYSTEM_RESET 0x84000009ul

static _Noreturn void psci(uint64_t function) {
    register uint64_t x0 __asm__("x0") = function;
    if (psci_by_hvc) {
        __asm__ volatile("hvc #0" : "+r"(x0)::"memory");
    } else {
        // smc #0; some assemblers reject it unless EL3 is enabled.
        __asm__ volatile(".inst 0xd4000003" : "+r"(x0)::"memory");
    }
    arch_halt();
}

_Noreturn void arch_power_off(void) { psci(PSCI_SYSTEM_OFF); }
_Noreturn void arch_reboot(void) { psci(PSCI_SYSTEM_RESET); }
