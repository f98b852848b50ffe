// The board's PL011, polled.
#include "cpu.h"

#define PL011_BASE 0x09000000ul

enum { DATA = 0x00, FLAGS = 0x18, LINE_CONTROL = 0x2c, CONTROL = 0x30 };
#define FLAG_RX_EMPTY 0x10u
#define FLAG_TX_FULL 0x20u

static volatile uint32_t* reg(uint64_t offset) { return phys_to_virt(PL011_BASE + offset); }

void console_init(void) {
    *reg(LINE_CONTROL) = 0x70;  // 8n1, FIFO
    *reg(CONTROL) = 0x301;      // receive, transmit, enable
}

void arch_console_write(const char* text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        while (*reg(FLAGS) & FLAG_TX_FULL) {
        }
        *reg(DATA) = (uint8_t)text[i];
    }
}

int arch_console_read(void) {
    return *reg(FLAGS) & FLAG_RX_EMPTY ? -1 : (int)(*reg(DATA) & 0xff);
}
