/* zx_vmar_allocate: regions in the address space of a process that never starts. */
#include "vmars.h"

#define A "vmar_allocate/"

static void allocate_and_close(zx_handle_t parent, uint32_t options, uint64_t offset,
                               uint64_t size) {
    zx_handle_t child = allocate(parent, options, offset, size).h;
    if (child) zx_handle_close(child);
}

/* One call with these arguments, in a VMAR of 16 pages. */
#define REFUSED(name, claims, options, offset, size)                \
    CASE(name, claims) {                                            \
        space_t space = make_space();                               \
        vmar_t parent = make_vmar_in(space);                        \
        allocate_and_close(parent.h, options, offset, size);        \
        zx_handle_close(parent.h);                                  \
        close_space(space);                                         \
    }

#define AT (ZX_VM_CAN_MAP_READ | ZX_VM_SPECIFIC)

REFUSED(offset_without_specific, A "invalid_args_offset", ZX_VM_CAN_MAP_READ, PAGE, PAGE)
REFUSED(offset_misaligned, A "invalid_args_offset_alignment", AT, 1, PAGE)
REFUSED(offset_in_mid_page, A "invalid_args_offset_alignment", AT, PAGE / 2, PAGE)
REFUSED(size_misaligned, A "invalid_args_size_alignment", ZX_VM_CAN_MAP_READ, 0, PAGE + 1)
REFUSED(size_less_than_a_page, A "invalid_args_size_alignment", ZX_VM_CAN_MAP_READ, 0, 1)
REFUSED(size_zero, A "invalid_args_size", ZX_VM_CAN_MAP_READ, 0, 0)
REFUSED(size_zero_specific, A "invalid_args_size", AT, PAGE, 0)
REFUSED(larger_than_parent, A "invalid_args_bounds", ZX_VM_CAN_MAP_READ, 0, 17 * PAGE)
REFUSED(largest, A "invalid_args_bounds", ZX_VM_CAN_MAP_READ, 0, UINT64_MAX & ~(PAGE - 1ul))
REFUSED(offset_at_end, A "invalid_args_bounds", AT, 16 * PAGE, PAGE)
REFUSED(end_past_end, A "invalid_args_bounds", AT, 15 * PAGE, 2 * PAGE)
REFUSED(end_wraps, A "invalid_args_bounds", AT, 8 * PAGE, UINT64_MAX & ~(PAGE - 1ul))
REFUSED(as_large_as_parent, A "created", ZX_VM_CAN_MAP_READ, 0, 16 * PAGE)
REFUSED(at_the_end, A "created", AT, 15 * PAGE, PAGE)
REFUSED(compact, A "created", ZX_VM_CAN_MAP_READ | ZX_VM_COMPACT, 0, PAGE)
REFUSED(no_options, A "created", 0, 0, PAGE)
REFUSED(unknown_options, "process_create/child_of_job", ZX_VM_CAN_MAP_READ | 1u << 30, 0, PAGE)
REFUSED(perm_options, "process_create/child_of_job", ZX_VM_PERM_READ, 0, PAGE)

CASE(region_has_its_base_and_size, A "placed object_get_info/vmar") {
    space_t space = make_space();
    vmar_t parent = make_vmar_in(space);
    get_vmar_info(parent.h);
    vmar_t child = allocate(parent.h, AT, 3 * PAGE, 2 * PAGE);
    get_vmar_info(child.h);
    zx_handle_close(child.h);
    zx_handle_close(parent.h);
    close_space(space);
}

CASE(overlaps_region, A "overlap") {
    space_t space = make_space();
    vmar_t parent = make_vmar_in(space);
    zx_handle_t child = allocate(parent.h, AT, 4 * PAGE, 4 * PAGE).h;
    allocate_and_close(parent.h, AT, 4 * PAGE, 4 * PAGE);
    allocate_and_close(parent.h, AT, 3 * PAGE, 2 * PAGE);
    allocate_and_close(parent.h, AT, 7 * PAGE, 2 * PAGE);
    allocate_and_close(parent.h, AT, 5 * PAGE, PAGE);
    allocate_and_close(parent.h, AT, 0, 16 * PAGE);
    zx_handle_close(child);
    zx_handle_close(parent.h);
    close_space(space);
}

CASE(overlaps_mapping, A "overlap") {
    space_t space = make_space();
    vmar_t parent = make_vmar_in(space);
    zx_handle_t vmo = make_pages(2);
    map_at(parent.h, vmo, VM_READ, 4, 2);
    allocate_and_close(parent.h, AT, 4 * PAGE, 2 * PAGE);
    allocate_and_close(parent.h, AT, 3 * PAGE, 2 * PAGE);
    zx_handle_close(vmo);
    zx_handle_close(parent.h);
    close_space(space);
}

CASE(beside_regions,
     A "placed " A "created " A "base_returned " A "default_rights " A "no_memory") {
    space_t space = make_space();
    vmar_t parent = make_vmar_in(space);
    zx_handle_t middle = allocate(parent.h, AT, 4 * PAGE, 4 * PAGE).h;
    zx_handle_t before = allocate(parent.h, AT, 0, 4 * PAGE).h;
    zx_handle_t after = allocate(parent.h, AT, 8 * PAGE, 8 * PAGE).h;
    allocate_and_close(parent.h, ZX_VM_CAN_MAP_READ, 0, PAGE); /* the parent is full */
    zx_handle_close(before);
    zx_handle_close(middle);
    zx_handle_close(after);
    zx_handle_close(parent.h);
    close_space(space);
}

/* Closing a region's handle leaves it where it is; only zx_vmar_destroy frees its addresses. */
CASE(closed_region_stays, A "overlap " A "stays_allocated") {
    space_t space = make_space();
    vmar_t parent = make_vmar_in(space);
    allocate_and_close(parent.h, AT, 0, 16 * PAGE);
    allocate_and_close(parent.h, AT, PAGE, PAGE);
    zx_handle_close(parent.h);
    close_space(space);
}

CASE(destroyed_parent, A "bad_state") {
    space_t space = make_space();
    vmar_t parent = make_vmar_in(space);
    zx_vmar_destroy(parent.h);
    allocate_and_close(parent.h, ZX_VM_CAN_MAP_READ, 0, PAGE);
    allocate_and_close(parent.h, AT, 0, PAGE);
    zx_handle_close(parent.h);
    close_space(space);
}

CASE(parent_of_parent_destroyed, A "bad_state") {
    space_t space = make_space();
    vmar_t outer = make_vmar_in(space);
    zx_handle_t parent = allocate(outer.h, VM_CAN_ALL, 0, 4 * PAGE).h;
    zx_vmar_destroy(outer.h);
    allocate_and_close(parent, ZX_VM_CAN_MAP_READ, 0, PAGE);
    zx_handle_close(parent);
    zx_handle_close(outer.h);
    close_space(space);
}

/* A parent that lacks one ZX_VM_CAN_MAP_*, and a child that is to have it. */
#define NOT_INHERITED(name, permission)                                        \
    CASE(parent_without_##name, A "access_denied_vmar") {                      \
        space_t space = make_space();                                          \
        zx_handle_t parent =                                                   \
            allocate(space.root, VM_CAN_ALL & ~permission, 0, 16 * PAGE).h;    \
        allocate_and_close(parent, permission, 0, PAGE);                       \
        allocate_and_close(parent, VM_CAN_ALL, 0, PAGE);                       \
        zx_handle_close(parent);                                               \
        close_space(space);                                                    \
    }

NOT_INHERITED(read, ZX_VM_CAN_MAP_READ)
NOT_INHERITED(write, ZX_VM_CAN_MAP_WRITE)
NOT_INHERITED(execute, ZX_VM_CAN_MAP_EXECUTE)

#define HANDLE_LACKS(name, right, permission)                                  \
    CASE(handle_without_##name, A "access_denied_handle") {                    \
        space_t space = make_space();                                          \
        zx_handle_t parent = without(make_vmar_in(space).h, right);            \
        allocate_and_close(parent, permission, 0, PAGE);                       \
        zx_handle_close(parent);                                               \
        close_space(space);                                                    \
    }

HANDLE_LACKS(read, ZX_RIGHT_READ, ZX_VM_CAN_MAP_READ)
HANDLE_LACKS(write, ZX_RIGHT_WRITE, ZX_VM_CAN_MAP_WRITE)
HANDLE_LACKS(execute, ZX_RIGHT_EXECUTE, ZX_VM_CAN_MAP_EXECUTE)

CASE(specific_in_parent_without, A "specific_not_allowed " A "specific_not_inherited") {
    space_t space = make_space();
    zx_handle_t parent =
        allocate(space.root, VM_CAN_ALL & ~ZX_VM_CAN_MAP_SPECIFIC, 0, 16 * PAGE).h;
    allocate_and_close(parent, AT, PAGE, PAGE);
    allocate_and_close(parent, ZX_VM_CAN_MAP_SPECIFIC | ZX_VM_CAN_MAP_READ, 0, PAGE);
    zx_handle_close(parent);
    close_space(space);
}

/* What fails leaves no handle. */
CASE(child_of_failure, A "invalid_args_child_addr") {
    space_t space = make_space();
    vmar_t parent = make_vmar_in(space);
    zx_handle_t child = ZX_HANDLE_INVALID;
    zx_vmar_allocate(parent.h, ZX_VM_CAN_MAP_READ, 0, PAGE, &child, zx_unmapped(zx_vaddr_t));
    close_if_open(child);
    zx_handle_close(parent.h);
    close_space(space);
}
