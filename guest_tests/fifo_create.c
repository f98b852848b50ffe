/* zx_fifo_create. */
#include "zxtest.h"

#define P "fifo_create/"

/* Create one; if that works, fill one direction with what it is meant to hold. */
static void create(size_t count, size_t size) {
    static char bytes[4096];
    size_t actual = 0;
    handle_pair_t fifo = {0, 0};
    if (zx_fifo_create(count, size, 0, &fifo.h, &fifo.peer) != ZX_OK) return;
    get_basic_info(fifo.h);
    get_basic_info(fifo.peer);
    fill(bytes, sizeof(bytes));
    zx_fifo_write(fifo.h, size, bytes, count, &actual);
    zx_fifo_read(fifo.peer, size, bytes, count, &actual);
    close_pair(fifo);
}

CASE(one_byte, P "both_ends " P "default_rights") { create(1, 1); }
CASE(one_large_element, P "both_ends") { create(1, 4096); }
CASE(many_small_elements, P "both_ends") { create(4096, 1); }
CASE(odd_size, P "both_ends") { create(8, 511); }
CASE(all_bytes, P "both_ends") { create(64, 64); }

CASE(no_elements, P "out_of_range_none") { create(0, 8); }
CASE(no_size, P "out_of_range_none") { create(8, 0); }
CASE(nothing, P "out_of_range_none") { create(0, 0); }
CASE(three, P "out_of_range_power") { create(3, 1); }
CASE(not_a_power, P "out_of_range_power") {
    create(6, 8);
    create(255, 8);
    create(4095, 1);
}
CASE(one_element_too_large, P "out_of_range_total") { create(1, 4097); }
CASE(one_byte_too_many, P "out_of_range_total") { create(2, 2049); }
CASE(too_many_elements, P "out_of_range_total") { create(8192, 1); }
CASE(product_of_64_bits, P "out_of_range_total") {
    create((size_t)1 << 63, 2);
    create((size_t)1 << 32, (size_t)1 << 32);
    create(2, (size_t)1 << 63);
    create((size_t)1 << 61, 8);
}
CASE(largest, P "out_of_range_total") {
    create((size_t)1 << 63, 1);
    create(1, SIZE_MAX);
}
CASE(power_and_total, P "out_of_range_power " P "out_of_range_total") { create(SIZE_MAX, SIZE_MAX); }
