/* zx_fifo_write and zx_fifo_read: what is special to them. */
#include "zxtest.h"

#define W "fifo_write/"
#define R "fifo_read/"
#define COUNT_OF 4
#define SIZE 8

typedef struct {
    char bytes[SIZE];
} element_t;

static const element_t numbers[2 * COUNT_OF] = {{"first"}, {"second"}, {"third"}, {"fourth"},
                                                {"fifth"}, {"sixth"}, {"seventh"}, {"eighth"}};

static handle_pair_t make(void) {
    handle_pair_t made = {0, 0};
    zx_fifo_create(COUNT_OF, SIZE, 0, &made.h, &made.peer);
    return made;
}

static void put(zx_handle_t fifo, size_t first, size_t count) {
    size_t actual = 0;
    zx_fifo_write(fifo, SIZE, numbers + first, count, &actual);
}

static void take(zx_handle_t fifo, size_t count) {
    element_t elements[2 * COUNT_OF] = {{{0}}};
    size_t actual = 0;
    zx_fifo_read(fifo, SIZE, elements, count, &actual);
}

static void observe(handle_pair_t fifo) {
    signals_of(fifo.h, ZX_FIFO_READABLE | ZX_FIFO_WRITABLE | ZX_FIFO_PEER_CLOSED);
    signals_of(fifo.peer, ZX_FIFO_READABLE | ZX_FIFO_WRITABLE | ZX_FIFO_PEER_CLOSED);
}

CASE(one_by_one, W "written " W "one_is_one " R "data_read " R "one_is_one") {
    handle_pair_t fifo = make();
    observe(fifo);
    put(fifo.h, 0, 1);
    put(fifo.h, 1, 1);
    observe(fifo);
    take(fifo.peer, 1);
    take(fifo.peer, 1);
    observe(fifo);
    take(fifo.peer, 1);
    close_pair(fifo);
}

CASE(written_together, W "actual " R "data_read " R "one_is_one") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, 3);
    take(fifo.peer, 1);
    take(fifo.peer, 1);
    take(fifo.peer, 1);
    close_pair(fifo);
}

CASE(read_together, R "data_read " R "actual") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, 1);
    put(fifo.h, 1, 1);
    put(fifo.h, 2, 1);
    take(fifo.peer, 3);
    close_pair(fifo);
}

CASE(fewer_than_asked_to_read, R "actual") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, 2);
    take(fifo.peer, COUNT_OF);
    close_pair(fifo);
}

CASE(fewer_than_asked_to_write, W "actual") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, 3);
    put(fifo.h, 3, 4);
    observe(fifo);
    take(fifo.peer, COUNT_OF);
    close_pair(fifo);
}

CASE(more_than_all_at_once, W "actual") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, 2 * COUNT_OF);
    take(fifo.peer, 2 * COUNT_OF);
    close_pair(fifo);
}

CASE(around_the_end, R "data_read") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, 3);
    take(fifo.peer, 2);
    put(fifo.h, 3, 3);
    take(fifo.peer, COUNT_OF);
    close_pair(fifo);
}

CASE(both_directions, R "data_read") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, 2);
    put(fifo.peer, 2, 2);
    observe(fifo);
    take(fifo.h, 2);
    take(fifo.peer, 2);
    close_pair(fifo);
}

CASE(without_count, W "written " R "data_read") {
    handle_pair_t fifo = make();
    element_t element;
    zx_fifo_write(fifo.h, SIZE, numbers, 1, NULL);
    zx_fifo_read(fifo.peer, SIZE, &element, 1, NULL);
    take(fifo.peer, 1);
    close_pair(fifo);
}

CASE(several_without_count, W "written") {
    handle_pair_t fifo = make();
    element_t elements[COUNT_OF];
    zx_fifo_write(fifo.h, SIZE, numbers, 3, NULL);
    zx_fifo_read(fifo.peer, SIZE, elements, 2, NULL);
    take(fifo.peer, 2);
    close_pair(fifo);
}

CASE(empty, R "should_wait") {
    handle_pair_t fifo = make();
    take(fifo.h, 1);
    put(fifo.h, 0, 1);
    take(fifo.h, 1);
    close_pair(fifo);
}

CASE(empty_again, R "should_wait") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, 2);
    take(fifo.peer, 2);
    take(fifo.peer, 1);
    observe(fifo);
    close_pair(fifo);
}

CASE(full, W "should_wait") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, COUNT_OF);
    observe(fifo);
    put(fifo.h, 0, 1);
    take(fifo.peer, COUNT_OF);
    observe(fifo);
    close_pair(fifo);
}

CASE(full_and_read_one, W "should_wait " W "actual") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, COUNT_OF);
    put(fifo.h, 4, 2);
    take(fifo.peer, 1);
    observe(fifo);
    put(fifo.h, 4, 2);
    take(fifo.peer, COUNT_OF);
    close_pair(fifo);
}

CASE(no_elements, W "out_of_range_count " R "out_of_range_count") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, 1);
    put(fifo.h, 0, 0);
    take(fifo.peer, 0);
    take(fifo.peer, 1);
    close_pair(fifo);
}

static void of_size(size_t size) {
    handle_pair_t fifo = make();
    char bytes[2 * SIZE] = {0};
    size_t actual = 0;
    put(fifo.h, 0, 1);
    zx_fifo_write(fifo.h, size, numbers, 1, &actual);
    zx_fifo_read(fifo.peer, size, bytes, 1, &actual);
    close_pair(fifo);
}

CASE(size_of_zero, W "out_of_range_size " R "out_of_range_size") { of_size(0); }
CASE(smaller_size, W "out_of_range_size " R "out_of_range_size") { of_size(SIZE - 1); }
CASE(larger_size, W "out_of_range_size " R "out_of_range_size") { of_size(SIZE + 1); }
CASE(twice_the_size, W "out_of_range_size " R "out_of_range_size") { of_size(2 * SIZE); }

CASE(peer_closed, W "peer_closed " R "peer_closed") {
    handle_pair_t fifo = make();
    close_and_get_info(fifo.peer);
    put(fifo.h, 0, 1);
    take(fifo.h, 1);
    signals_of(fifo.h, ZX_FIFO_PEER_CLOSED);
    zx_handle_close(fifo.h);
}

CASE(peer_closed_unread, R "peer_closed") {
    handle_pair_t fifo = make();
    put(fifo.peer, 0, 2);
    close_and_get_info(fifo.peer);
    signals_of(fifo.h, ZX_FIFO_READABLE | ZX_FIFO_PEER_CLOSED);
    take(fifo.h, 1);
    take(fifo.h, 1);
    take(fifo.h, 1);
    zx_handle_close(fifo.h);
}

CASE(peer_closed_full, W "peer_closed") {
    handle_pair_t fifo = make();
    put(fifo.h, 0, COUNT_OF);
    close_and_get_info(fifo.peer);
    put(fifo.h, 0, 1);
    zx_handle_close(fifo.h);
}

/* What a read that fails for a pointer has taken, the page does not say. */
CASE(read_through_bad_pointers, R "invalid_args_data " R "invalid_args_actual_count") {
    handle_pair_t fifo = make();
    element_t element;
    size_t actual = 0;
    put(fifo.h, 0, 3);
    zx_fifo_read(fifo.peer, SIZE, zx_unmapped(element_t), 1, &actual);
    zx_fifo_read(fifo.peer, SIZE, &element, 1, zx_unmapped(size_t));
    take(fifo.peer, COUNT_OF);
    take(fifo.peer, 1);
    close_pair(fifo);
}

CASE(write_through_bad_pointers, W "invalid_args_data " W "invalid_args_actual_count") {
    handle_pair_t fifo = make();
    size_t actual = 0;
    zx_fifo_write(fifo.h, SIZE, zx_unmapped(element_t), 1, &actual);
    zx_fifo_write(fifo.h, SIZE, numbers, 1, zx_unmapped(size_t));
    put(fifo.h, 1, COUNT_OF);
    take(fifo.peer, COUNT_OF);
    take(fifo.peer, 1);
    close_pair(fifo);
}
