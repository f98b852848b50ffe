/* A trace through memory (docs/trace.md): pages of the program's own, which the harness finds in the
 * machine's memory by their mark and reads while the program runs. */
#include "rt.h"

/* The complement of the mark, patched in by the harness, so that no copy of the file has the mark
 * itself. All zeroes: the trace goes over serial. */
__attribute__((section("zx_pages"), used)) const volatile uint8_t file_mark[ZXHIL_PAGE_MARK] = {0};

__attribute__((aligned(ZXHIL_TRACE_PAGE))) trace_page_t trace_pages[ZXHIL_TRACE_PAGES];

#define PAGE_DATA sizeof(trace_pages[0].data)
#define ALL_DATA (ZXHIL_TRACE_PAGES * PAGE_DATA)
#define ATTACHED_WITHIN 1000 /* rests of a millisecond */

static zxhil_page_head_t* const head = &trace_pages[0].head;
static bool opened;

static bool pages_attached(void) { return __atomic_load_n(&head->attached, __ATOMIC_ACQUIRE) != 0; }

bool pages_open(void) {
    uint8_t mark[ZXHIL_PAGE_MARK], any = 0;
    for (unsigned i = 0; i < sizeof(mark); ++i) {
        any |= file_mark[i];
        mark[i] = (uint8_t)~file_mark[i];
    }
    if (!any || opened) return pages_attached();
    opened = true;
    for (unsigned i = 0; i < ZXHIL_TRACE_PAGES; ++i) {
        memcpy(trace_pages[i].head.mark, mark, sizeof(mark));
        trace_pages[i].head.number = i;
    }
    wire_position(0);
    for (unsigned i = 0; !pages_attached() && i < ATTACHED_WITHIN; ++i) rest();
    return pages_attached();
}

bool pages_have_room(uint64_t written, uint64_t size) {
    return written + size - __atomic_load_n(&head->read, __ATOMIC_ACQUIRE) <= ALL_DATA;
}

void pages_write(uint64_t written, const char* bytes, uint64_t size) {
    while (size) {
        uint64_t at = written % ALL_DATA, in_page = at % PAGE_DATA, part = PAGE_DATA - in_page;
        if (part > size) part = size;
        memcpy(trace_pages[at / PAGE_DATA].data + in_page, bytes, part);
        written += part;
        bytes += part;
        size -= part;
    }
}

void pages_publish(uint64_t written) { __atomic_store_n(&head->written, written, __ATOMIC_RELEASE); }
