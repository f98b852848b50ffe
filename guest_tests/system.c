/* What the system says of itself, and the calls that replace it: only as far as they refuse. */
#include "zxtest.h"

#define VERSION "system_get_version/"

static char version[64];

CASE(version_filled, VERSION "filled " VERSION "always_enough") {
    zx_system_get_version(version, sizeof(version));
    zx_system_get_version(version, sizeof(version));
}

CASE(version_too_small, VERSION "buffer_too_small") {
    zx_system_get_version(version, 0);
    zx_system_get_version(version, 1);
    zx_system_get_version(version, 4);
}

/* Whether these are enough depends on the version. */
CASE(version_perhaps_too_small, VERSION "filled") {
    zx_system_get_version(version, 63);
    zx_system_get_version(version, 32);
    zx_system_get_version(version, 5);
    zx_system_get_version(version, sizeof(version));
}

CASE(features_of_no_kind, "system_get_features/not_supported") {
    uint32_t features;
    zx_system_get_features(0x10000u, &features);
    zx_system_get_features(0xffffffffu, &features);
}

CASE(features_of_cpu, "system_get_features/populated") {
    uint32_t features;
    if (zx_system_get_features(ZX_FEATURE_KIND_CPU, &features) == ZX_ERR_NOT_SUPPORTED)
        zx_unsupported("system_get_features");
}

CASE(num_cpus, "system_get_num_cpus/returned") {
    zx_system_get_num_cpus();
    zx_system_get_num_cpus();
}

CASE(physmem, "system_get_physmem/returned") {
    zx_system_get_physmem();
    zx_system_get_physmem();
}

CASE(payload_too_large, "system_mexec_payload_get/too_large") {
    static char payload[0x4001];
    zx_system_mexec_payload_get(zx_root_resource(), payload, sizeof(payload));
    zx_system_mexec_payload_get(zx_root_resource(), payload, SIZE_MAX);
}

static void mexec(zx_handle_t kernel, zx_handle_t image) {
    zx_system_mexec(zx_root_resource(), kernel, image);
}

/* The VMO that is valid is empty: no kernel begins in it. */
CASE(mexec_bad_kernel, "system_mexec/required_of_kernel_vmo") {
    handle_pair_t event = make_event(), vmo = make_vmo(), closed = make_event();
    close_and_get_info(closed.h);
    mexec(ZX_HANDLE_INVALID, vmo.h);
    mexec(closed.h, vmo.h);
    mexec(event.h, vmo.h);
    close_pair(event);
    close_pair(vmo);
}

CASE(mexec_bad_image, "system_mexec/required_of_bootimage_vmo") {
    handle_pair_t event = make_event(), vmo = make_vmo();
    mexec(vmo.h, ZX_HANDLE_INVALID);
    mexec(vmo.h, event.h);
    close_pair(event);
    close_pair(vmo);
}

/* A kernel that switches QEMU's machine off, and the least boot image that there is. */
#if defined(__x86_64__)
static const uint32_t new_kernel[] = {
    [16] = 0x100050,   /* where it begins: zbi_kernel_t.entry, behind two headers */
    [20] = 0x00f4ba66, /* mov $0xf4, %dx */
    [21] = 0x00000fb8, /* mov $15, %eax */
    [22] = 0x0b0fef00, /* out %eax, %dx; ud2 */
};
#else
static const uint32_t new_kernel[] = {
    0xd2800100, /* mov  x0, #8 */
    0xf2b08000, /* movk x0, #0x8400, lsl #16: SYSTEM_OFF */
    0xd4000003, /* smc  #0 */
    0x14000000, /* b    . */
};
#endif
static const uint32_t boot_image[] = {
    0x544f4f42, 0, 0x868cf7e6, 0x10000, 0, 0, 0xb5781729, 0x4a87e8d6,
};

static handle_pair_t vmo_with(const void* content, size_t size) {
    handle_pair_t vmo = make_vmo();
    zx_vmo_write(vmo.h, content, 0, size);
    return vmo;
}

CASE(mexec_supplants, "system_mexec/supplanted") {
    handle_pair_t kernel = vmo_with(new_kernel, sizeof(new_kernel));
    handle_pair_t image = vmo_with(boot_image, sizeof(boot_image));
    no_return();
    mexec(kernel.h, image.h);
}
