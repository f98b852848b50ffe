/* zx_guest_create: what a machine that can't run guests refuses as well, and what the call returns. */
#include "zxtest.h"

static void guest_with(zx_handle_t resource, uint32_t options) {
    zx_handle_t guest = ZX_HANDLE_INVALID, vmar = ZX_HANDLE_INVALID;
    if (zx_guest_create(resource, options, &guest, &vmar) != ZX_OK) return;
    close_if_open(guest);
    close_if_open(vmar);
}

CASE(created, "guest_create/created guest_create/default_rights") {
    handle_pair_t guest = make_guest();
    get_basic_info(guest.h);
    get_basic_info(guest.peer);
    close_pair(guest);
}

CASE(bad_handle, "guest_create/bad_handle") {
    handle_pair_t resource = make_hypervisor_resource();
    close_and_get_info(resource.h);
    guest_with(resource.h, 0);
    guest_with(ZX_HANDLE_INVALID, 0);
    guest_with(ZX_NEVER_A_HANDLE, 0);
}

CASE(wrong_type, "guest_create/wrong_type") {
    handle_pair_t event = make_event(), channel = make_channel();
    guest_with(event.h, 0);
    guest_with(channel.h, 0);
    close_pair(event);
    close_pair(channel);
}

CASE(options, "guest_create/invalid_args_options") {
    handle_pair_t resource = make_hypervisor_resource();
    guest_with(resource.h, 1);
    guest_with(resource.h, 0x80000000u);
    close_pair(resource);
}

static void guest_of_kind(uint32_t kind) {
    handle_pair_t resource = {0, 0};
    zx_resource_create(zx_root_resource(), kind, 0, 0, "other", 5, &resource.h);
    guest_with(resource.h, 0);
    close_pair(resource);
}

CASE(root_kind, "guest_create/access_denied") { guest_of_kind(ZX_RSRC_KIND_ROOT); }
CASE(vmex_kind, "guest_create/access_denied") { guest_of_kind(ZX_RSRC_KIND_VMEX); }
