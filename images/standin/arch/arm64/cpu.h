// Registers of the arm64.
#pragma once

#include "arch.h"

// What vectors.S saves.
struct frame {
    struct context context;
};

#define READ_REGISTER(name)                                 \
    __extension__({                                         \
        uint64_t value_;                                    \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));  \
        value_;                                             \
    })
#define WRITE_REGISTER(name, value) \
    __asm__ volatile("msr " #name ", %0; isb" ::"r"((uint64_t)(value)) : "memory")

extern char vectors[], kernel_stack_top[];
extern uint64_t user_l0[512];

void console_init(void);
void kernel_exception(const struct frame* frame);
void user_other(const struct frame* frame);
void user_sync(struct frame* frame);
