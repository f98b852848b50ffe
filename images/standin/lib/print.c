// Printing to serial.
#include <stdarg.h>

#include "arch.h"
#include "console.h"

// A newline is written as CR LF; everything between two newlines is written in one piece.
void console_write(const char* text, size_t size) {
    size_t from = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n') {
            arch_console_write(text + from, i - from);
            arch_console_write("\r\n", 2);
            from = i + 1;
        }
    }
    arch_console_write(text + from, size - from);
}

static void print_number(uint64_t value, unsigned base, int width) {
    char digits[24];
    int n = sizeof(digits);
    do {
        digits[--n] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while ((int)sizeof(digits) - n < width && n > 0) {
        digits[--n] = '0';
    }
    console_write(digits + n, sizeof(digits) - (size_t)n);
}

static void print_signed(int64_t value) {
    if (value < 0) {
        console_write("-", 1);
    }
    print_number(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, 0);
}

static void vprint(const char* format, va_list args) {
    for (const char* f = format; *f != '\0'; f++) {
        if (*f != '%') {
            const char* end = f;
            while (end[1] != '\0' && end[1] != '%') {
                end++;
            }
            console_write(f, (size_t)(end - f) + 1);
            f = end;
            continue;
        }
        int width = 0;
        for (f++; *f >= '0' && *f <= '9'; f++) {
            width = width * 10 + (*f - '0');
        }
        bool wide = *f == 'l';
        f += wide;
        if (*f == 's') {
            const char* s = va_arg(args, const char*);
            console_write(s, strlen(s));
        } else if (*f == 'c') {
            char c = (char)va_arg(args, int);
            console_write(&c, 1);
        } else if (*f == 'd') {
            print_signed(wide ? va_arg(args, int64_t) : va_arg(args, int));
        } else if (*f == 'u' || *f == 'x') {
            uint64_t value = wide ? va_arg(args, uint64_t) : va_arg(args, unsigned);
            print_number(value, *f == 'x' ? 16 : 10, width);
        } else {
            console_write("%", 1);
        }
    }
}

void kprintf(const char* format, ...) {
    va_list args;
    va_start(args, format);
    vprint(format, args);
    va_end(args);
}

void panic_begin(const char* why) {
    kprintf("\nZIRCON KERNEL PANIC (of the zxhil stand-in, which is not Zircon)\n\n%s\n", why);
    kprintf("version: %s\n", standin_version);
}

// Like Zircon's panic shell: a prompt, and no return.
_Noreturn void panic_end(void) {
    kprintf("Halted\n! ");
    arch_halt();
}

_Noreturn void panic(const char* format, ...) {
    panic_begin("panic:");
    va_list args;
    va_start(args, format);
    vprint(format, args);
    va_end(args);
    kprintf("\n");
    arch_print_frame(NULL);
    panic_end();
}
