/* zx_vmar_map: mappings in the address space of a process that never starts. */
#include "vmars.h"

#define M "vmar_map/"
#define SPECIFIC ZX_VM_SPECIFIC
#define OVERWRITE ZX_VM_SPECIFIC_OVERWRITE

static zx_vaddr_t map(zx_handle_t vmar, uint32_t options, uint64_t offset, zx_handle_t vmo,
                      uint64_t vmo_offset, uint64_t size) {
    zx_vaddr_t at = 0;
    zx_vmar_map(vmar, options, offset, vmo, vmo_offset, size, &at);
    return at;
}

/* One call with these arguments, in a VMAR of 16 pages, of a VMO of four. */
#define ONE_CALL(name, claims, options, offset, vmo_offset, size)   \
    CASE(name, claims) {                                            \
        space_t space = make_space();                               \
        vmar_t vmar = make_vmar_in(space);                          \
        zx_handle_t vmo = make_pages(4);                            \
        map(vmar.h, options, offset, vmo, vmo_offset, size);        \
        zx_handle_close(vmo);                                       \
        zx_handle_close(vmar.h);                                    \
        close_space(space);                                         \
    }

#define HUGE_SIZE (UINT64_MAX & ~(PAGE - 1ul))

ONE_CALL(offset_without_specific, M "invalid_args_vmar_offset", VM_READ, PAGE, 0, PAGE)
ONE_CALL(offset_misaligned, M "invalid_args_vmar_offset_alignment", VM_READ | SPECIFIC, 1, 0, PAGE)
ONE_CALL(overwrite_misaligned, M "invalid_args_vmar_offset_alignment", VM_READ | OVERWRITE, 2048, 0,
         PAGE)
ONE_CALL(vmo_offset_misaligned, M "invalid_args_vmo_offset_alignment", VM_READ, 0, 1, PAGE)
ONE_CALL(vmo_offset_in_mid_page, M "invalid_args_vmo_offset_alignment", VM_READ, 0, 2048, PAGE)
ONE_CALL(size_misaligned, M "invalid_args_len_alignment", VM_READ, 0, 0, PAGE + 1)
ONE_CALL(size_less_than_a_page, M "invalid_args_len_alignment", VM_READ, 0, 0, 1)
ONE_CALL(size_zero, "process_create/child_of_job", VM_READ, 0, 0, 0)
ONE_CALL(larger_than_vmar, M "invalid_args_bounds", VM_READ, 0, 0, 17 * PAGE)
ONE_CALL(offset_at_end, M "invalid_args_bounds", VM_READ | SPECIFIC, 16 * PAGE, 0, PAGE)
ONE_CALL(end_past_end, M "invalid_args_bounds", VM_READ | SPECIFIC, 15 * PAGE, 0, 2 * PAGE)
ONE_CALL(overwrite_past_end, M "invalid_args_bounds", VM_READ | OVERWRITE, 15 * PAGE, 0, 2 * PAGE)
ONE_CALL(end_wraps, M "invalid_args_bounds", VM_READ | SPECIFIC, 8 * PAGE, 0, HUGE_SIZE)
ONE_CALL(vmo_range_overflows, M "invalid_args_overflow", VM_READ, 0, HUGE_SIZE, 2 * PAGE)
ONE_CALL(size_rounds_to_overflow, M "invalid_args_overflow", VM_READ, 0, 0, UINT64_MAX)
ONE_CALL(overwrite_and_map_range, M "invalid_args_overwrite_map_range",
         VM_READ | OVERWRITE | ZX_VM_MAP_RANGE, PAGE, 0, PAGE)
ONE_CALL(require_non_resizable, M "not_supported", VM_READ | ZX_VM_REQUIRE_NON_RESIZABLE, 0, 0, PAGE)
ONE_CALL(map_range, M "base_returned", VM_READ | ZX_VM_MAP_RANGE, 0, 0, PAGE)
ONE_CALL(whole_vmar, M "base_returned", VM_WRITE, 0, 0, 16 * PAGE)
ONE_CALL(no_permission, M "base_returned", 0, 0, 0, PAGE)
ONE_CALL(write_without_read, "process_create/child_of_job", ZX_VM_PERM_WRITE, 0, 0, PAGE)
ONE_CALL(execute_without_read, "process_create/child_of_job", ZX_VM_PERM_EXECUTE, 0, 0, PAGE)
ONE_CALL(beyond_vmo, M "base_returned", VM_READ, 0, 8 * PAGE, PAGE)

CASE(non_resizable, M "base_returned") {
    space_t space = make_space();
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vmo_create(PAGE, ZX_VMO_NON_RESIZABLE, &vmo);
    map(space.root, VM_READ | ZX_VM_REQUIRE_NON_RESIZABLE, 0, vmo, 0, PAGE);
    zx_handle_close(vmo);
    close_space(space);
}

CASE(placed, M "placed " M "mapped object_get_info/process_maps") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(4);
    map_at(vmar.h, vmo, VM_WRITE, 3, 2);
    map_at(vmar.h, vmo, VM_READ, 5, 2);
    get_maps(space.process);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(overlaps, M "overlap") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(4);
    map_at(vmar.h, vmo, VM_READ, 4, 4);
    map_at(vmar.h, vmo, VM_READ, 4, 4);
    map_at(vmar.h, vmo, VM_READ, 3, 2);
    map_at(vmar.h, vmo, VM_READ, 7, 2);
    map_at(vmar.h, vmo, VM_READ, 5, 1);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

/* The VMAR is full, for which the page lists no other status. */
CASE(no_room, M "no_memory " M "mapped") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(16);
    map_at(vmar.h, vmo, VM_READ, 0, 16);
    map(vmar.h, VM_READ, 0, vmo, 0, PAGE);
    get_maps(space.process);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(overlaps_vmar, M "overlap") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(8);
    zx_handle_t inside = allocate(vmar.h, ZX_VM_CAN_MAP_READ | SPECIFIC, 4 * PAGE, 4 * PAGE).h;
    map_at(vmar.h, vmo, VM_READ, 5, 1);
    map_at(vmar.h, vmo, VM_READ, 3, 2);
    map_at(vmar.h, vmo, VM_READ | OVERWRITE, 5, 1);
    map_at(vmar.h, vmo, VM_READ | OVERWRITE, 3, 2);
    map_at(vmar.h, vmo, VM_READ | OVERWRITE, 7, 2);
    map_at(vmar.h, vmo, VM_READ | OVERWRITE, 3, 6);
    zx_handle_close(inside);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

/* What was mapped before is gone, and the parts beside the new mapping stay. */
CASE(overwrites, M "replaced " M "placed object_get_info/process_maps") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t first = make_pages(4), second = make_pages(4);
    map_at(vmar.h, first, VM_READ, 4, 4);
    map(vmar.h, VM_WRITE | OVERWRITE, 5 * PAGE, second, 0, 2 * PAGE);
    get_maps(space.process);
    map(vmar.h, VM_READ | OVERWRITE, 4 * PAGE, second, 0, 4 * PAGE);
    get_maps(space.process);
    zx_handle_close(first);
    zx_handle_close(second);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(closed_vmo_stays_mapped, M "mapped object_get_info/process_maps") {
    space_t space = make_space();
    zx_handle_t vmo = make_pages(1);
    map(space.root, VM_READ, 0, vmo, 0, PAGE);
    close_and_get_info(vmo);
    get_maps(space.process);
    close_space(space);
}

CASE(destroyed_vmar, M "bad_state") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(1);
    zx_vmar_destroy(vmar.h);
    map(vmar.h, VM_READ, 0, vmo, 0, PAGE);
    map_at(vmar.h, vmo, VM_READ, 0, 1);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

/* A VMAR, its handle, or the VMO's handle, that lacks what a mapping with `perms` needs. */
#define LACKING(name, can_map, right, perms)                                          \
    CASE(vmar_without_##name, M "access_denied_vmar") {                               \
        space_t space = make_space();                                                 \
        vmar_t vmar = allocate(space.root, VM_CAN_ALL & ~can_map, 0, 16 * PAGE);      \
        zx_handle_t vmo = make_pages(1);                                              \
        map(vmar.h, perms, 0, vmo, 0, PAGE);                                          \
        zx_handle_close(vmo);                                                         \
        zx_handle_close(vmar.h);                                                      \
        close_space(space);                                                           \
    }                                                                                 \
    CASE(handle_without_##name, M "access_denied_handle") {                           \
        space_t space = make_space();                                                 \
        zx_handle_t vmar = without(make_vmar_in(space).h, right);                     \
        zx_handle_t vmo = make_pages(1);                                              \
        map(vmar, perms, 0, vmo, 0, PAGE);                                            \
        zx_handle_close(vmo);                                                         \
        zx_handle_close(vmar);                                                        \
        close_space(space);                                                           \
    }                                                                                 \
    CASE(vmo_without_##name, M "access_denied_vmo") {                                 \
        space_t space = make_space();                                                 \
        zx_handle_t vmo = without(make_pages(1), right);                              \
        map(space.root, perms, 0, vmo, 0, PAGE);                                      \
        zx_handle_close(vmo);                                                         \
        close_space(space);                                                           \
    }

LACKING(read, ZX_VM_CAN_MAP_READ, ZX_RIGHT_READ, VM_READ)
LACKING(write, ZX_VM_CAN_MAP_WRITE, ZX_RIGHT_WRITE, VM_WRITE)
LACKING(execute, ZX_VM_CAN_MAP_EXECUTE, ZX_RIGHT_EXECUTE, VM_READ | ZX_VM_PERM_EXECUTE)

CASE(vmo_without_map, M "access_denied_vmo") {
    space_t space = make_space();
    zx_handle_t vmo = without(make_pages(1), ZX_RIGHT_MAP);
    map(space.root, VM_READ, 0, vmo, 0, PAGE);
    zx_handle_close(vmo);
    close_space(space);
}

CASE(specific_in_vmar_without, M "specific_not_allowed") {
    space_t space = make_space();
    vmar_t vmar = allocate(space.root, VM_CAN_ALL & ~ZX_VM_CAN_MAP_SPECIFIC, 0, 16 * PAGE);
    zx_handle_t vmo = make_pages(1);
    map_at(vmar.h, vmo, VM_READ, 1, 1);
    map(vmar.h, VM_READ | OVERWRITE, PAGE, vmo, 0, PAGE);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}
