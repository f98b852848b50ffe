/* Helpers that cases share, made of recorded calls, and the memory that they point to. */
#include "zxtest.h"

__attribute__((section(".readonly.edge"), used)) const char zx_read_only_page[4096] = {0};
__attribute__((section(".bss.edge"), used)) char zx_writable_edge[0x20000];

zx_koid_t look(zx_handle_t handle) {
    zx_info_handle_basic_t basic = {0};
    zx_status_t status =
        zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), NULL, NULL);
    return status == ZX_OK ? basic.koid : 0;
}

zx_handle_t duplicate(zx_handle_t handle, zx_rights_t rights) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_handle_duplicate(handle, rights, &out);
    return out;
}

zx_handle_t without(zx_handle_t handle, zx_rights_t removed) {
    zx_info_handle_basic_t basic = {0};
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), NULL, NULL);
    zx_handle_replace(handle, basic.rights & ~removed, &out);
    look(out);
    return out;
}

zx_signals_t signals_of(zx_handle_t handle, zx_signals_t wanted) {
    zx_signals_t observed = 0;
    zx_object_wait_one(handle, wanted, 0, &observed);
    return observed;
}
