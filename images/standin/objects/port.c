// Ports: packets in the order in which they were queued, and the asynchronous waits that queue them.
#include "faults.h"
#include "objects.h"

static struct list all_waits = {&all_waits, &all_waits};

struct port* port_new(uint32_t options) {
    struct port* port = object_new(sizeof(*port), ZX_OBJ_TYPE_PORT, 0);
    if (port != NULL) {
        port->options = options;
        list_init(&port->packets);
        list_init(&port->waits);
    }
    return port;
}

static struct port_packet* queue(struct port* port, const zx_port_packet_t* content,
                                 struct async_wait* wait) {
    struct port_packet* packet = kmalloc(sizeof(*packet));
    if (packet != NULL) {
        *packet = (struct port_packet){.content = *content, .wait = wait};
        list_add_tail(&port->packets, &packet->node);
    }
    return packet;
}

bool port_queue_packet(struct port* port, const zx_port_packet_t* content) {
    if (queue(port, content, NULL) == NULL) {
        return false;
    }
    port->waiting++;
    return true;
}

void port_queue_interrupt(struct port* port, struct interrupt* interrupt) {
    struct port_packet* packet = &interrupt->queued;
    packet->interrupt = interrupt;
    packet->content = (zx_port_packet_t){.key = interrupt->key, .type = ZX_PKT_TYPE_INTERRUPT};
    memcpy(packet->content.content, &interrupt->timestamp, sizeof(interrupt->timestamp));
    list_add_tail(&port->packets, &packet->node);
}

static void wait_free(struct async_wait* wait) {
    list_remove(&wait->node);
    list_remove(&wait->port_node);
    if (wait->packet != NULL) {
        wait->packet->wait = NULL;
    }
    object_unref(wait->object);
    kfree(wait);
}

static void packet_free(struct port_packet* packet) {
    list_remove(&packet->node);
    if (packet->interrupt != NULL) {
        return;
    }
    struct async_wait* wait = packet->wait;
    if (wait != NULL) {
        wait->packet = NULL;
        if (wait->done) {
            wait_free(wait);
        }
    }
    kfree(packet);
}

bool port_take(struct port* port, zx_port_packet_t* content) {
    if (list_empty(&port->packets)) {
        return false;
    }
    struct port_packet* packet = CONTAINER_OF(port->packets.next, struct port_packet, node);
    *content = packet->content;
    port->waiting -= content->type == ZX_PKT_TYPE_USER ? 1 : 0;
    if (packet->interrupt != NULL) {
        packet->interrupt->packet = PACKET_READ;
    }
    packet_free(packet);
    return true;
}

bool port_wait_async(struct port* port, zx_handle_t handle, struct object* object, uint64_t key,
                     zx_signals_t signals, bool repeating) {
    struct async_wait* wait = kzalloc(sizeof(*wait));
    if (wait == NULL) {
        return false;
    }
    *wait = (struct async_wait){.port = port,
                                .object = object,
                                .handle = handle,
                                .key = key,
                                .signals = signals,
                                .repeating = repeating};
    wait->before = fault_on(FAULT_ASYNC_ASSERTED_IGNORED) ? object->signals : 0;
    object_ref(object);
    list_add_tail(&all_waits, &wait->node);
    list_add_tail(&port->waits, &wait->port_node);
    return true;
}

bool port_cancel_waits(struct port* port, zx_handle_t handle, uint64_t key) {
    bool found = false;
    struct list* next;
    for (struct list* node = port->waits.next; node != &port->waits; node = next) {
        struct async_wait* wait = CONTAINER_OF(node, struct async_wait, port_node);
        next = node->next;
        if (wait->handle != handle || wait->key != key) {
            continue;
        }
        found = true;
        bool keeps_packet = wait->packet != NULL && fault_on(FAULT_CANCEL_QUEUED_KEPT);
        if (wait->packet == NULL && fault_on(FAULT_CANCEL_WAIT_KEPT)) {
            continue;
        }
        if (wait->packet != NULL && !keeps_packet) {
            struct port_packet* packet = wait->packet;
            packet->wait = NULL;
            wait->packet = NULL;
            packet_free(packet);
        }
        wait_free(wait);
    }
    return found;
}

void port_closed(struct port* port) {
    while (!list_empty(&port->waits)) {
        wait_free(CONTAINER_OF(port->waits.next, struct async_wait, port_node));
    }
    while (!list_empty(&port->packets)) {
        packet_free(CONTAINER_OF(port->packets.next, struct port_packet, node));
    }
}

struct signal_content {
    uint32_t trigger;
    uint32_t observed;
    uint64_t count;
};

static zx_signals_t observed_by(const struct async_wait* wait) {
    zx_signals_t signals = wait->object->signals;
    return fault_on(FAULT_ASYNC_OBSERVED_NEW) ? signals & wait->signals : signals;
}

static void queue_signals(struct async_wait* wait) {
    bool typed_rep = wait->repeating || fault_on(FAULT_ASYNC_TYPE);
    zx_port_packet_t content = {
        .key = wait->key + (fault_on(FAULT_PORT_KERNEL_KEY) ? 1 : 0),
        .type = typed_rep ? ZX_PKT_TYPE_SIGNAL_REP : ZX_PKT_TYPE_SIGNAL_ONE,
        .status = fault_on(FAULT_PORT_KERNEL_STATUS) ? ZX_ERR_BAD_STATE : ZX_OK,
    };
    struct signal_content signals = {wait->signals, observed_by(wait), 1};
    signals.trigger = fault_on(FAULT_ASYNC_TRIGGER) ? wait->object->signals : signals.trigger;
    memcpy(content.content, &signals, sizeof(signals));
    wait->packet = queue(wait->port, &content, wait);
    bool of_event = wait->object->type == ZX_OBJ_TYPE_EVENT;
    wait->done = wait->repeating ? fault_on(FAULT_ASYNC_REPEATING_ONCE)
                                 : !(of_event && fault_on(FAULT_ASYNC_ONCE_AGAIN));
}

static void add_observed(struct async_wait* wait) {
    struct signal_content signals;
    memcpy(&signals, wait->packet->content.content, sizeof(signals));
    signals.observed |= observed_by(wait);
    memcpy(wait->packet->content.content, &signals, sizeof(signals));
}

// True if the wait is over, and no packet of it waits.
static bool look_at(struct async_wait* wait) {
    const struct handle* handle = handle_lookup(wait->handle);
    bool open = handle != NULL || fault_on(FAULT_ASYNC_SURVIVES);
    wait->done |= !open;
    zx_signals_t now = wait->object->signals, before = wait->before;
    wait->before = now;
    if (wait->packet != NULL && wait->repeating && open) {
        if (now & wait->signals && !fault_on(FAULT_ASYNC_OBSERVED_FIRST)) {
            add_observed(wait);
        }
    } else if (!wait->done && now & wait->signals & ~before &&
               !fault_on(FAULT_ASYNC_LATER_IGNORED)) {
        queue_signals(wait);
    }
    return wait->done && wait->packet == NULL;
}

void ports_look(void) {
    struct list* next;
    for (struct list* node = all_waits.next; node != &all_waits; node = next) {
        struct async_wait* wait = CONTAINER_OF(node, struct async_wait, node);
        next = node->next;
        if (look_at(wait)) {
            wait_free(wait);
        }
    }
}
