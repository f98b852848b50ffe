/* Guests and VCPUs that cases share. */
#include "zxtest.h"

/* Read, write, execute, at that offset. */
#define MAP_CODE 0x17u

handle_pair_t make_hypervisor_resource(void) {
    handle_pair_t made = {0, 0};
    zx_resource_create(zx_root_resource(), ZX_RSRC_KIND_HYPERVISOR, 0, 0, "hypervisor", 10, &made.h);
    return made;
}

handle_pair_t make_guest(void) {
    handle_pair_t resource = make_hypervisor_resource(), made = {0, 0};
    if (zx_guest_create(resource.h, 0, &made.h, &made.peer) == ZX_ERR_NOT_SUPPORTED)
        zx_unsupported("guest_create");
    close_pair(resource);
    return made;
}

static handle_pair_t vcpu_of(handle_pair_t guest) {
    handle_pair_t made = {0, guest.h};
    zx_vcpu_create(guest.h, 0, GUEST_CODE, &made.h);
    zx_handle_close(guest.peer);
    return made;
}

handle_pair_t make_vcpu(void) { return vcpu_of(make_guest()); }

/* Later kernels make VMOs whose memory can't be executed. */
handle_pair_t make_executable_vmo(void) {
    handle_pair_t vmo = make_vmo(), vmex = {0, 0};
    zx_info_handle_basic_t basic = {0};
    zx_object_get_info(vmo.h, ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), NULL, NULL);
    if (basic.rights & ZX_RIGHT_EXECUTE) return vmo;
    zx_resource_create(zx_root_resource(), ZX_RSRC_KIND_VMEX, 0, 0, "vmex", 4, &vmex.h);
    zx_vmo_replace_as_executable(vmo.h, vmex.h, &vmo.h);
    close_pair(vmex);
    return vmo;
}

handle_pair_t make_vcpu_with(const uint32_t* code, size_t words) {
#if !defined(__aarch64__)
    zx_skip("@guest_code");
#endif
    handle_pair_t guest = make_guest(), vmo = make_executable_vmo();
    zx_vaddr_t mapped = 0;
    zx_vmo_write(vmo.h, code, 0, words * sizeof(*code));
    zx_vmar_map(guest.peer, MAP_CODE, GUEST_CODE, vmo.h, 0, 4096, &mapped);
    close_pair(vmo);
    return vcpu_of(guest);
}

handle_pair_t make_trapping_vcpu(void) {
    static const uint32_t code[] = {
        0xd2900001, /* mov x1, #0x8000 */
        0xf9000020, /* str x0, [x1] */
        0x17ffffff, /* b   .-4 */
    };
    handle_pair_t made = make_vcpu_with(code, COUNT(code));
    zx_guest_set_trap(made.peer, ZX_GUEST_TRAP_MEM, GUEST_TRAP, 4096, ZX_HANDLE_INVALID, GUEST_KEY);
    return made;
}
