/* zx_thread_read_state, zx_thread_write_state: of threads that were started and are suspended. */
#include "stopped.h"

CASE(state_read, "thread_read_state/read") {
    stopped_t made = start_suspended();
    static const uint32_t kinds[] = {
        ZX_THREAD_STATE_GENERAL_REGS, ZX_THREAD_STATE_FP_REGS,     ZX_THREAD_STATE_VECTOR_REGS,
        ZX_THREAD_STATE_DEBUG_REGS,   ZX_THREAD_STATE_SINGLE_STEP, ZX_THREAD_X86_REGISTER_FS,
        ZX_THREAD_X86_REGISTER_GS,
    };
    for (size_t i = 0; i < COUNT(kinds); ++i)
        zx_thread_read_state(made.thread, kinds[i], buffer, sizeof(buffer));
    end(made);
}

CASE(state_read_too_small, "thread_read_state/buffer_too_small") {
    stopped_t made = start_suspended();
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 3);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, 127);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, REGISTERS - 1);
    end(made);
}

CASE(state_read_unmapped, "thread_read_state/invalid_args_buffer") {
    stopped_t made = start_suspended();
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, zx_unmapped(uint32_t), 4);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, zx_read_only(uint32_t), 4);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, NULL, 4);
    end(made);
}

CASE(state_no_such_kind, "thread_read_state/invalid_args_kind thread_read_state/not_supported "
                         "thread_write_state/invalid_args_kind thread_write_state/not_supported") {
    stopped_t made = start_suspended();
    zx_thread_read_state(made.thread, 32, buffer, sizeof(buffer));
    zx_thread_write_state(made.thread, 32, buffer, sizeof(buffer));
    end(made);
}

CASE(state_written, "thread_write_state/written thread_read_state/read") {
    stopped_t made = start_suspended();
    uint64_t registers[REGISTERS / 8];
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, registers, REGISTERS);
    for (int i = 0; i < 4; ++i) registers[i] = 0x0102030405060708u * (uint64_t)(i + 1);
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, registers, REGISTERS);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, registers, REGISTERS);
    end(made);
}

CASE(state_single_step, "thread_write_state/written thread_read_state/read") {
    stopped_t made = start_suspended();
    uint32_t step = 0;
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    step = 1;
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    step = 0;
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    end(made);
}

/* Only relevant on x86. */
CASE(state_segments, "process_start/started") {
    stopped_t made = start_suspended();
    uint64_t base = 0x10000;
    get_process_info(made.process.h);
    zx_thread_write_state(made.thread, ZX_THREAD_X86_REGISTER_FS, &base, sizeof(base));
    zx_thread_write_state(made.thread, ZX_THREAD_X86_REGISTER_GS, &base, sizeof(base));
    zx_thread_read_state(made.thread, ZX_THREAD_X86_REGISTER_FS, &base, sizeof(base));
    zx_thread_read_state(made.thread, ZX_THREAD_X86_REGISTER_GS, &base, sizeof(base));
    end(made);
}

CASE(state_written_other_size, "thread_write_state/invalid_args_size") {
    stopped_t made = start_suspended();
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 5);
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 4096);
    end(made);
}

CASE(state_written_smaller, "thread_write_state/invalid_args_size") {
    stopped_t made = start_suspended();
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 3);
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, 0);
    end(made);
}

CASE(state_written_bad_value, "thread_write_state/invalid_args_values") {
    stopped_t made = start_suspended();
    uint32_t step = 2;
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    end(made);
}

CASE(state_written_unmapped, "thread_write_state/invalid_args_buffer") {
    stopped_t made = start_suspended();
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, zx_unmapped(uint32_t), 4);
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, NULL, 4);
    end(made);
}

CASE(state_of_dead_thread, "thread_read_state/bad_state thread_write_state/bad_state") {
    stopped_t made = start_suspended();
    uint32_t step = 0;
    zx_task_kill(made.thread);
    await_signals(made.thread, ZX_TASK_TERMINATED);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    close_stopped(made);
}

CASE(state_without_rights, "thread_read_state/access_denied thread_write_state/access_denied") {
    stopped_t made = start_suspended();
    uint32_t step = 0;
    made.thread = without(made.thread, ZX_RIGHT_READ | ZX_RIGHT_WRITE);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    end(made);
}
