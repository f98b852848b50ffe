#include "objects.h"

struct message* message_new(uint32_t num_bytes) {
    struct message* message = kmalloc(sizeof(*message) + num_bytes);
    if (message != NULL) {
        list_init(&message->node);
        message->num_bytes = num_bytes;
        message->num_handles = 0;
    }
    return message;
}

void message_free(struct message* message) {
    for (uint32_t i = 0; i < message->num_handles; i++) {
        handle_drop(message->handles[i]);
    }
    kfree(message);
}

bool channel_pair(struct channel* out[2]) {
    for (int i = 0; i < 2; i++) {
        out[i] = object_new(sizeof(*out[i]), ZX_OBJ_TYPE_CHANNEL, ZX_CHANNEL_WRITABLE);
        if (out[i] == NULL) {
            kfree(i == 1 ? out[0] : NULL);
            return false;
        }
        list_init(&out[i]->messages);
    }
    out[0]->peer = out[1];
    out[1]->peer = out[0];
    out[0]->base.related_koid = out[1]->base.koid;
    out[1]->base.related_koid = out[0]->base.koid;
    return true;
}

void channel_send(struct channel* channel, struct message* message) {
    struct channel* to = channel->peer;
    list_add_tail(&to->messages, &message->node);
    to->base.signals |= ZX_CHANNEL_READABLE;
}

struct message* channel_receive(struct channel* channel) {
    if (list_empty(&channel->messages)) {
        return NULL;
    }
    struct list* node = channel->messages.next;
    list_remove(node);
    if (list_empty(&channel->messages)) {
        channel->base.signals &= ~ZX_CHANNEL_READABLE;
    }
    return CONTAINER_OF(node, struct message, node);
}

// Messages queued at the peer stay readable there; those queued here are lost.
void channel_closed(struct channel* channel) {
    struct channel* peer = channel->peer;
    if (peer != NULL) {
        peer->peer = NULL;
        channel->peer = NULL;
        peer->base.signals &= ~ZX_CHANNEL_WRITABLE;
        peer->base.signals |= ZX_CHANNEL_PEER_CLOSED;
    }
    for (struct message* m = channel_receive(channel); m != NULL; m = channel_receive(channel)) {
        message_free(m);
    }
}
