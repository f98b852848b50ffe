/* zx_vmo_replace_as_executable. */
#include "zxtest.h"

#define REPLACE "vmo_replace_as_executable/"

static zx_handle_t make_resource_of(uint32_t kind) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_resource_create(zx_root_resource(), kind, 0, 0, "kind", 4, &out);
    return out;
}

static zx_handle_t replace(zx_handle_t vmo, zx_handle_t vmex) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_vmo_replace_as_executable(vmo, vmex, &out);
    get_basic_info(vmo);
    if (out) get_basic_info(out);
    return out;
}

CASE(without_a_resource, REPLACE "same_object " REPLACE "executable " REPLACE "always_invalidated") {
    zx_handle_t vmo = without(make_vmo().h, ZX_RIGHT_EXECUTE);
    zx_vmo_write(vmo, "code", 0, 4);
    zx_handle_t out = replace(vmo, ZX_HANDLE_INVALID);
    char bytes[4];
    zx_vmo_read(out, bytes, 0, 4);
    close_if_open(out);
}

CASE(few_rights, REPLACE "executable") {
    handle_pair_t vmo = make_vmo();
    close_if_open(replace(duplicate(vmo.h, ZX_RIGHT_READ), ZX_HANDLE_INVALID));
    close_pair(vmo);
}

CASE(with_vmex, REPLACE "same_object " REPLACE "executable") {
    zx_handle_t vmex = make_resource_of(ZX_RSRC_KIND_VMEX);
    get_basic_info(vmex);
    close_if_open(replace(without(make_vmo().h, ZX_RIGHT_EXECUTE), vmex));
    close_if_open(vmex);
}

CASE(with_root, REPLACE "bad_vmex " REPLACE "always_invalidated") {
    close_if_open(replace(make_vmo().h, zx_root_resource()));
}

CASE(with_other_kind, REPLACE "bad_vmex " REPLACE "always_invalidated") {
    zx_handle_t other = make_resource_of(ZX_RSRC_KIND_HYPERVISOR);
    get_basic_info(other);
    close_if_open(replace(make_vmo().h, other));
    close_if_open(other);
}

CASE(with_no_resource, REPLACE "bad_vmex " REPLACE "always_invalidated") {
    handle_pair_t event = make_event();
    get_basic_info(event.h);
    close_if_open(replace(make_vmo().h, event.h));
    close_pair(event);
}

CASE(with_no_handle, REPLACE "bad_vmex " REPLACE "always_invalidated") {
    handle_pair_t event = make_event();
    close_and_get_info(event.h);
    close_if_open(replace(make_vmo().h, ZX_NEVER_A_HANDLE));
    close_if_open(replace(make_vmo().h, event.h));
}

/* The page says nothing of an invalid out, but that the handle is gone whatever happens. */
CASE(bad_out, REPLACE "always_invalidated") {
    handle_pair_t vmo = make_vmo();
    zx_vmo_replace_as_executable(vmo.h, ZX_HANDLE_INVALID, zx_unmapped(zx_handle_t));
    close_if_open(vmo.h);
}
