// Interrupts: virtual ones, and physical ones that never trigger.
#include "faults.h"
#include "objects.h"

struct interrupt* interrupt_new(uint32_t options) {
    struct interrupt* interrupt = object_new(sizeof(*interrupt), ZX_OBJ_TYPE_INTERRUPT, 0);
    if (interrupt != NULL) {
        interrupt->options = options;
        list_init(&interrupt->queued.node);
    }
    return interrupt;
}

void interrupt_bind(struct interrupt* interrupt, struct port* port, uint64_t key) {
    interrupt->port = port;
    interrupt->was_bound = true;
    interrupt->key = key;
    object_ref(&port->base);
}

bool interrupt_unbind(struct interrupt* interrupt) {
    struct port* port = interrupt->port;
    bool lives = interrupt->base.handle_count > 0;
    if (!lives || !fault_on(FAULT_INTERRUPT_PACKET_STAYS)) {
        list_remove(&interrupt->queued.node);
    }
    if (port == NULL) {
        return true;
    }
    bool unread = interrupt->packet != PACKET_READ;
    interrupt->packet = PACKET_NONE;
    interrupt->port = NULL;
    object_unref(&port->base);
    return unread;
}

void interrupt_trigger(struct interrupt* interrupt, zx_time_t timestamp) {
    bool triggered = interrupt->triggered;
    interrupt->triggered = true;
    interrupt->timestamp = triggered ? interrupt->timestamp : timestamp;
    interrupt_send(interrupt);
}

void interrupt_send(struct interrupt* interrupt) {
    if (interrupt->port != NULL && interrupt->triggered && interrupt->packet == PACKET_NONE) {
        interrupt->triggered = false;
        interrupt->packet = PACKET_QUEUED;
        if (!fault_on(FAULT_INTERRUPT_PACKET_LOST)) {
            port_queue_interrupt(interrupt->port, interrupt);
        }
    }
}
