// The first process: its mapping, its handles, its entry and exit.
#include "boot.h"
#include "cmdline.h"
#include "console.h"
#include "faults.h"
#include "objects.h"

#define STACK_SIZE 0x40000ul

extern uint8_t vdso_image[], vdso_image_end[];

struct process* current_process;

static uint64_t random_state;

// splitmix64: spreads the boot's few random bits, so that addresses and handles look random.
uint64_t random_next(void) {
    uint64_t z = random_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

// kernel.entropy-mixin makes two boots differ (or not), as the user chooses.
static void random_init(void) {
    const char* mixin = cmdline_get("kernel.entropy-mixin");
    random_state = mixin == NULL ? arch_ticks() : 0;
    for (; mixin != NULL && *mixin != '\0'; mixin++) {
        random_state = random_next() ^ (uint8_t)*mixin;
    }
}

uint64_t random_base(void) {
    // Forty bits of pages above the lowest user address leave room for anything after it.
    return ROUND_UP(USER_BASE, PAGE_SIZE) + (random_next() & 0x3ffffff) * PAGE_SIZE * 64;
}

static uint64_t map_stack(void) {
    uint64_t base = random_base();
    for (uint64_t at = 0; at < STACK_SIZE; at += PAGE_SIZE) {
        void* page = page_alloc_zeroed();
        CHECK(page != NULL && arch_map_user(base + at, virt_to_phys(page), PROT_READ | PROT_WRITE));
    }
    return base + STACK_SIZE;
}

// Removes a name from the vDSO's string table, so that no lookup finds it: "zx_NAME", and the tail
// of "_zx_NAME", which the linker may keep as one string with it or not.
static void hide_symbol(uint8_t* elf, size_t size, const char* name) {
    size_t length = strlen(name) + 1;
    for (size_t i = 0; i + length <= size; i++) {
        if (memcmp(elf + i, name, length) == 0) {
            memset(elf + i, '-', length - 1);
        }
    }
}

static void copy_name(char to[32], const char* from) {
    size_t size = strlen(from) < 31 ? strlen(from) : 31;
    memcpy(to, from, size);
    to[size] = '\0';
}

_Noreturn void userboot(const struct bootdata* bootdata) {
    if (fault_on(FAULT_SILENT_BOOT)) {
        arch_halt();
    }
    const char* name = cmdline_get("userboot");
    struct file file;
    if (name == NULL || !bootfs_find(bootdata->bootfs, bootdata->bootfs_size, name, &file)) {
        LOG("userboot: bin not found in the BOOTFS: '%s'", name == NULL ? "" : name);
        userboot_done();
    }
    random_init();
    handles_init(random_next());
    struct image program, vdso;
    const char* wrong = elf_map(&file, random_base(), &program);
    if (wrong != NULL) {
        LOG("userboot: %s: %s", name, wrong);
        userboot_done();
    }
    struct file vdso_file = {vdso_image, (size_t)(vdso_image_end - vdso_image)};
    if (fault_on(FAULT_NO_CHANNEL_WRITE_ETC)) {
        hide_symbol(vdso_image, vdso_file.size, "zx_channel_write_etc");
    }
    if (cmdline_get("standin.threads") == NULL) {
        hide_symbol(vdso_image, vdso_file.size, "zx_thread_start");
        hide_symbol(vdso_image, vdso_file.size, "zx_thread_exit");
    }
    wrong = elf_map(&vdso_file, random_base(), &vdso);
    CHECK(wrong == NULL);
    uint64_t stack = map_stack();

    struct job* root_job = job_new(NULL);
    struct job* job = root_job == NULL ? NULL : job_new(root_job);
    current_process = job == NULL ? NULL : process_new(job);
    current_thread = current_process == NULL ? NULL : thread_new(current_process);
    CHECK(current_thread != NULL);
    object_ref(&current_process->base);
    object_ref(&current_thread->base);
    current_process->started = true;
    current_process->vdso_base = vdso.base;
    threads_init(current_thread);
    copy_name(current_process->name, name);
    copy_name(current_thread->name, "initial-thread");

    zx_handle_t bootstrap = processargs_send(bootdata, STACK_SIZE);
    LOG("userboot: starting %s at %lx, vDSO at %lx", name, program.base, vdso.base);
    arch_enter_user(program.entry, arch_initial_sp(stack), bootstrap, vdso.base);
}

_Noreturn void userboot_done(void) {
    if (cmdline_get("userboot.shutdown") != NULL) {
        LOG("userboot: powering off");
        arch_power_off();
    }
    LOG("userboot: no process is left; halted");
    arch_halt();
}

_Noreturn void user_exception(const struct frame* frame, const char* what, bool page_fault,
                              uint64_t pc, uint64_t address) {
    kprintf("\n<== fatal exception: process %s[%lu] thread %s[%lu]\n", current_process->name,
            current_process->base.koid, current_thread->name, current_thread->base.koid);
    if (page_fault) {
        LOG("KERN: fatal page fault in user thread, %s of address %lx, PC at %lx", what, address, pc);
    } else {
        LOG("KERN: fatal exception in user thread, %s, PC at %lx", what, pc);
    }
    arch_print_frame(frame);
    userboot_done();
}
