#include "faults.h"
#include "objects.h"

bool socket_pair(uint32_t options, struct socket* out[2]) {
    for (int i = 0; i < 2; i++) {
        out[i] = object_new(sizeof(*out[i]), ZX_OBJ_TYPE_SOCKET, 0);
        if (out[i] == NULL) {
            kfree(i == 1 ? out[0] : NULL);
            return false;
        }
        out[i]->options = options;
        list_init(&out[i]->packets);
    }
    out[0]->peer = out[1];
    out[1]->peer = out[0];
    out[0]->base.related_koid = out[1]->base.koid;
    out[1]->base.related_koid = out[0]->base.koid;
    socket_update_signals(out[0]);
    return true;
}

static zx_signals_t thresholds(const struct socket* socket) {
    size_t room = socket->peer == NULL ? 0 : SOCKET_CAPACITY - socket->peer->buffered;
    uint64_t rx = socket->rx_threshold, tx = socket->tx_threshold;
    bool read = rx != 0 && socket->buffered >= rx;
    if (fault_on(FAULT_READ_THRESHOLD_OFF_BY_ONE)) {
        read = rx != 0 && socket->buffered > rx;
    }
    bool write = tx != 0 && room >= tx && !fault_on(FAULT_WRITE_THRESHOLD_MISSING);
    return (read ? ZX_SOCKET_READ_THRESHOLD : 0) | (write ? ZX_SOCKET_WRITE_THRESHOLD : 0);
}

static zx_signals_t signals_of(const struct socket* socket) {
    const struct socket* peer = socket->peer;
    bool share = socket->options & ZX_SOCKET_HAS_ACCEPT;
    bool control = socket->options & ZX_SOCKET_HAS_CONTROL;
    bool may_share = share && peer != NULL && peer->shared.object == NULL;
    bool may_accept = socket->shared.object != NULL;
    if (fault_on(FAULT_SHARE_SIGNAL_MISSING)) {
        may_share = false;
    }
    if (fault_on(FAULT_SHARE_SIGNAL_STAYS)) {
        may_share = share && peer != NULL;
    }
    if (fault_on(FAULT_ACCEPT_SIGNAL_MISSING)) {
        may_accept = false;
    }
    zx_signals_t signals = socket->base.signals & ZX_USER_SIGNAL_ALL;
    signals |= peer == NULL ? ZX_SOCKET_PEER_CLOSED : 0;
    bool room = peer != NULL && peer->buffered < SOCKET_CAPACITY;
    signals |= room && !socket->write_off ? ZX_SOCKET_WRITABLE : 0;
    signals |= socket->write_off ? ZX_SOCKET_WRITE_DISABLED : 0;
    signals |= socket->read_off ? ZX_SOCKET_PEER_WRITE_DISABLED : 0;
    signals |= socket->buffered > 0 ? ZX_SOCKET_READABLE : 0;
    signals |= may_share ? ZX_SOCKET_SHARE : 0;
    signals |= may_accept ? ZX_SOCKET_ACCEPT : 0;
    signals |= control && socket->control != NULL ? SOCKET_CONTROL_READABLE : 0;
    signals |= control && peer != NULL && peer->control == NULL ? SOCKET_CONTROL_WRITABLE : 0;
    signals |= thresholds(socket);
    return signals;
}

void socket_update_signals(struct socket* socket) {
    socket->base.signals = signals_of(socket);
    if (socket->peer != NULL) {
        socket->peer->base.signals = signals_of(socket->peer);
    }
}

void socket_closed(struct socket* socket) {
    struct socket* peer = socket->peer;
    socket->peer = NULL;
    if (peer != NULL) {
        peer->peer = NULL;
        socket_update_signals(peer);
    }
    while (!list_empty(&socket->packets)) {
        struct list* node = socket->packets.next;
        list_remove(node);
        kfree(CONTAINER_OF(node, struct packet, node));
    }
    kfree(socket->control);
    socket->control = NULL;
    struct handle shared = socket->shared;
    socket->shared.object = NULL;
    handle_drop(shared);
}
