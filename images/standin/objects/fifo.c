// FIFOs: each end has the elements that can be read there, in a ring.
#include "objects.h"

static void free_end(struct fifo* fifo) {
    if (fifo != NULL) {
        kfree(fifo->elements);
        kfree(fifo);
    }
}

static struct fifo* end_new(size_t elem_count, size_t elem_size) {
    struct fifo* fifo = object_new(sizeof(*fifo), ZX_OBJ_TYPE_FIFO, ZX_FIFO_WRITABLE);
    if (fifo == NULL) {
        return NULL;
    }
    fifo->elem_count = elem_count;
    fifo->elem_size = elem_size;
    fifo->elements = kmalloc(elem_count * elem_size);
    if (fifo->elements == NULL) {
        free_end(fifo);
        return NULL;
    }
    return fifo;
}

bool fifo_pair(size_t elem_count, size_t elem_size, struct fifo* out[2]) {
    out[0] = end_new(elem_count, elem_size);
    out[1] = out[0] == NULL ? NULL : end_new(elem_count, elem_size);
    if (out[1] == NULL) {
        free_end(out[0]);
        return false;
    }
    out[0]->peer = out[1];
    out[1]->peer = out[0];
    out[0]->base.related_koid = out[1]->base.koid;
    out[1]->base.related_koid = out[0]->base.koid;
    return true;
}

uint8_t* fifo_element(const struct fifo* fifo, size_t index) {
    return fifo->elements + (fifo->first + index) % fifo->elem_count * fifo->elem_size;
}

// A closed peer leaves what waits as it was; no page says what READABLE is then.
static void update_end(struct fifo* fifo) {
    const struct fifo* peer = fifo->peer;
    bool room = peer != NULL && peer->waiting < peer->elem_count;
    zx_signals_t signals = fifo->base.signals & ZX_USER_SIGNAL_ALL;
    signals |= fifo->waiting > 0 ? ZX_FIFO_READABLE : 0;
    signals |= room ? ZX_FIFO_WRITABLE : 0;
    signals |= peer == NULL ? ZX_FIFO_PEER_CLOSED : 0;
    fifo->base.signals = signals;
}

void fifo_update_signals(struct fifo* fifo) {
    update_end(fifo);
    if (fifo->peer != NULL) {
        update_end(fifo->peer);
    }
}

void fifo_closed(struct fifo* fifo) {
    struct fifo* peer = fifo->peer;
    fifo->peer = NULL;
    if (peer != NULL) {
        peer->peer = NULL;
        update_end(peer);
    }
}

void fifo_destroy(struct fifo* fifo) { kfree(fifo->elements); }
