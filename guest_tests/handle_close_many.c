/* zx_handle_close_many. */
#include "zxtest.h"

#define P "handle_close_many/"

CASE(three, P "closed") {
    zx_handle_t handles[] = {make_event().h, make_vmo().h, make_port().h};
    zx_handle_close_many(handles, COUNT(handles));
    for (unsigned i = 0; i < COUNT(handles); ++i) close_if_open(handles[i]);
}

CASE(none, "event_create/created") {
    zx_handle_t event = make_event().h;
    zx_handle_close_many(&event, 0);
    zx_handle_close_many(NULL, 0);
    close_if_open(event);
}

CASE(peer, P "closed channel_write/peer_closed") {
    handle_pair_t channel = make_channel();
    zx_handle_close_many(&channel.peer, 1);
    zx_channel_write(channel.h, 0, "x", 1, NULL, 0);
    zx_handle_close(channel.h);
}

CASE(with_invalid, P "invalid_is_fine " P "closed") {
    zx_handle_t handles[] = {make_event().h, ZX_HANDLE_INVALID, make_event().h};
    zx_handle_close_many(handles, COUNT(handles));
    close_if_open(handles[0]);
    close_if_open(handles[2]);
}

CASE(only_invalid, P "invalid_is_fine") {
    zx_handle_t handle = ZX_HANDLE_INVALID;
    zx_handle_close_many(&handle, 1);
}

CASE(two_invalid, "event_create/created") {
    zx_handle_t handles[] = {ZX_HANDLE_INVALID, make_event().h, ZX_HANDLE_INVALID};
    zx_handle_close_many(handles, COUNT(handles));
    close_if_open(handles[1]);
}

/* One of three is wrong: the others are closed all the same. */
static void with_wrong(zx_handle_t wrong, unsigned place) {
    zx_handle_t handles[] = {make_event().h, make_event().h, make_event().h};
    zx_handle_t replaced = handles[place];
    handles[place] = wrong;
    zx_handle_close_many(handles, COUNT(handles));
    for (unsigned i = 0; i < COUNT(handles); ++i) close_if_open(i == place ? replaced : handles[i]);
}

CASE(never_allocated_first, P "bad_handle_entry " P "closed") { with_wrong(ZX_NEVER_A_HANDLE, 0); }
CASE(never_allocated_middle, P "bad_handle_entry " P "closed") { with_wrong(ZX_NEVER_A_HANDLE, 1); }
CASE(never_allocated_last, P "bad_handle_entry " P "closed") { with_wrong(ZX_NEVER_A_HANDLE, 2); }

CASE(closed_handle, P "bad_handle_entry " P "closed") {
    zx_handle_t gone = make_event().h;
    close_and_get_info(gone);
    with_wrong(gone, 1);
}

CASE(twice, P "bad_handle_repeated " P "closed") {
    zx_handle_t event = make_event().h, other = make_event().h;
    zx_handle_t handles[] = {event, other, event};
    zx_handle_close_many(handles, COUNT(handles));
    close_if_open(event);
    close_if_open(other);
}

CASE(twice_in_a_row, P "bad_handle_repeated " P "closed") {
    zx_handle_t event = make_event().h, other = make_event().h;
    zx_handle_t handles[] = {event, event, other};
    zx_handle_close_many(handles, COUNT(handles));
    close_if_open(event);
    close_if_open(other);
}

/* More than kernels copy at a time; the wire carries all of them. */
CASE(sixty, P "closed") {
    static zx_handle_t handles[60];
    for (unsigned i = 0; i < COUNT(handles); ++i) handles[i] = make_event().h;
    zx_handle_close_many(handles, COUNT(handles));
    close_if_open(handles[0]);
    close_if_open(handles[COUNT(handles) - 1]);
}

CASE(sixty_wrong_first, P "bad_handle_entry " P "closed") {
    static zx_handle_t handles[60];
    for (unsigned i = 0; i < COUNT(handles); ++i) handles[i] = i ? make_event().h : ZX_NEVER_A_HANDLE;
    zx_handle_close_many(handles, COUNT(handles));
    close_if_open(handles[1]);
    close_if_open(handles[COUNT(handles) - 1]);
}

/* Of an array that can't be read the page says nothing. */
CASE(bad_array, "event_create/created") {
    zx_handle_t event = make_event().h;
    zx_handle_close_many(NULL, 1);
    zx_handle_close_many(zx_unmapped(zx_handle_t), 1);
    zx_handle_close_many(zx_kernel(zx_handle_t), 1);
    close_if_open(event);
}
