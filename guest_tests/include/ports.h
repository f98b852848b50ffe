/* What the cases of ports share. */
#pragma once
#include "zxtest.h"

#define QUEUE "port_queue/"
#define WAIT "port_wait/"
#define CANCEL "port_cancel/"
#define ASYNC "object_wait_async/"
#define ONCE ZX_WAIT_ASYNC_ONCE
#define REPEATING ZX_WAIT_ASYNC_REPEATING

static inline void put(zx_handle_t port, uint64_t key) {
    zx_port_packet_t packet = {key, ZX_PKT_TYPE_USER, (zx_status_t)key, {(uint8_t)key, 2, 3}};
    packet.content[31] = 31;
    zx_port_queue(port, &packet);
}

static inline void take(zx_handle_t port) {
    zx_port_packet_t packet = {0};
    zx_port_wait(port, 0, &packet);
}

static inline void set(handle_pair_t object, uint32_t signals) { zx_object_signal(object.h, 0, signals); }
static inline void clear(handle_pair_t object, uint32_t signals) { zx_object_signal(object.h, signals, 0); }

static inline void watch(handle_pair_t object, handle_pair_t port, zx_signals_t signals, uint32_t options) {
    zx_object_wait_async(object.h, port.h, 7, signals, options);
}

/* Read what there is, at most three packets, and close. */
static inline void finish(handle_pair_t port, handle_pair_t object) {
    for (int i = 0; i < 3; ++i) take(port.h);
    close_pair(object);
    close_pair(port);
}
