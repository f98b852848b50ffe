// Event pairs. (Events and address regions are just their struct object.)
#include "objects.h"

bool eventpair_pair(struct eventpair* out[2]) {
    for (int i = 0; i < 2; i++) {
        out[i] = object_new(sizeof(*out[i]), ZX_OBJ_TYPE_EVENTPAIR, 0);
        if (out[i] == NULL) {
            kfree(i == 1 ? out[0] : NULL);
            return false;
        }
    }
    out[0]->peer = out[1];
    out[1]->peer = out[0];
    out[0]->base.related_koid = out[1]->base.koid;
    out[1]->base.related_koid = out[0]->base.koid;
    return true;
}

void eventpair_closed(struct eventpair* eventpair) {
    struct eventpair* peer = eventpair->peer;
    if (peer == NULL) {
        return;
    }
    peer->peer = NULL;
    eventpair->peer = NULL;
    peer->base.signals |= ZX_EVENTPAIR_PEER_CLOSED;
    peer->base.cookie_state = COOKIE_INVALIDATED;
}
