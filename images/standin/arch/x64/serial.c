// The first serial port, polled.
#include "cpu.h"

#define COM1 0x3f8
#define FIFO_SIZE 16

enum { DATA = 0, INTERRUPTS = 1, FIFO_CONTROL = 2, LINE_CONTROL = 3, MODEM = 4, LINE_STATUS = 5 };
#define LINE_READY 0x01
#define LINE_EMPTY 0x20

void console_init(void) {
    outb(COM1 + INTERRUPTS, 0);
    outb(COM1 + LINE_CONTROL, 0x80);  // divisor access
    outb(COM1 + DATA, 1);             // 115200
    outb(COM1 + INTERRUPTS, 0);
    outb(COM1 + LINE_CONTROL, 0x03);  // 8n1
    outb(COM1 + FIFO_CONTROL, 0x01);
    outb(COM1 + MODEM, 0x03);
}

void arch_console_write(const char* text, size_t size) {
    while (size > 0) {
        while (!(inb(COM1 + LINE_STATUS) & LINE_EMPTY)) {
        }
        size_t burst = size < FIFO_SIZE ? size : FIFO_SIZE;
        for (size_t i = 0; i < burst; i++) {
            outb(COM1 + DATA, (uint8_t)text[i]);
        }
        text += burst;
        size -= burst;
    }
}

int arch_console_read(void) {
    return inb(COM1 + LINE_STATUS) & LINE_READY ? inb(COM1 + DATA) : -1;
}
