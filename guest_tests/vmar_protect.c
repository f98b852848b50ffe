/* zx_vmar_protect: permissions of mappings in the address space of a process that never starts. */
#include "vmars.h"

#define P "vmar_protect/"

/* One call about a VMAR of 16 pages, at `base`, with a mapping of its pages 4 to 8. */
#define ONE_CALL(name, claims, options, at, size)                    \
    CASE(name, claims) {                                             \
        space_t space = make_space();                                \
        vmar_t vmar = make_vmar_in(space);                           \
        zx_handle_t vmo = make_pages(4);                             \
        zx_vaddr_t mapped = map_at(vmar.h, vmo, VM_READ, 4, 4);      \
        (void)mapped;                                                \
        zx_vmar_protect(vmar.h, options, at, size);                  \
        get_maps(space.process);                                     \
        zx_handle_close(vmo);                                        \
        zx_handle_close(vmar.h);                                     \
        close_space(space);                                          \
    }

ONE_CALL(write_without_read, P "invalid_args_options", ZX_VM_PERM_WRITE, mapped, 4 * PAGE)
ONE_CALL(other_options, P "invalid_args_options", VM_READ | ZX_VM_SPECIFIC, mapped, 4 * PAGE)
ONE_CALL(unknown_options, P "invalid_args_options", VM_READ | 1u << 30, mapped, 4 * PAGE)
ONE_CALL(execute_without_read, "vmar_map/mapped", ZX_VM_PERM_EXECUTE, mapped, 4 * PAGE)
ONE_CALL(no_permission, "vmar_map/mapped", 0, mapped, 4 * PAGE)
ONE_CALL(address_misaligned, P "invalid_args_addr", VM_WRITE, mapped + 1, PAGE)
ONE_CALL(address_in_mid_page, P "invalid_args_addr", VM_WRITE, mapped + PAGE / 2, PAGE)
ONE_CALL(size_zero, P "invalid_args_len", VM_WRITE, mapped, 0)
ONE_CALL(size_misaligned, "vmar_map/mapped", VM_WRITE, mapped, PAGE + 1)
ONE_CALL(not_mapped, P "not_found", VM_WRITE, vmar.base, PAGE)
ONE_CALL(not_mapped_before, P "not_found", VM_WRITE, mapped - PAGE, 2 * PAGE)
ONE_CALL(not_mapped_behind, P "not_found", VM_WRITE, mapped + 3 * PAGE, 2 * PAGE)
ONE_CALL(outside, "vmar_map/mapped", VM_WRITE, vmar.base - PAGE, PAGE)
ONE_CALL(all_pages, P "protected object_get_info/process_maps", VM_WRITE, mapped, 4 * PAGE)
ONE_CALL(first_page, P "protected object_get_info/process_maps", VM_WRITE, mapped, PAGE)
ONE_CALL(middle_pages, P "protected", VM_READ | ZX_VM_PERM_EXECUTE, mapped + PAGE, 2 * PAGE)
ONE_CALL(same_permission, P "protected", VM_READ, mapped, 4 * PAGE)

CASE(two_mappings, P "protected object_get_info/process_maps") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(2);
    zx_vaddr_t mapped = map_at(vmar.h, vmo, VM_READ, 4, 2);
    map_at(vmar.h, vmo, VM_READ | ZX_VM_PERM_EXECUTE, 6, 2);
    zx_vmar_protect(vmar.h, VM_WRITE, mapped, 4 * PAGE);
    get_maps(space.process);
    zx_vmar_protect(vmar.h, VM_READ, mapped + PAGE, 2 * PAGE);
    get_maps(space.process);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(gap_between_mappings, P "not_found") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(2);
    zx_vaddr_t mapped = map_at(vmar.h, vmo, VM_READ, 4, 2);
    map_at(vmar.h, vmo, VM_READ, 8, 2);
    zx_vmar_protect(vmar.h, VM_WRITE, mapped, 6 * PAGE);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(unmapped_in_between, P "not_found vmar_unmap/split") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(3);
    zx_vaddr_t mapped = map_at(vmar.h, vmo, VM_READ, 4, 3);
    zx_vmar_unmap(vmar.h, mapped + PAGE, PAGE);
    zx_vmar_protect(vmar.h, VM_WRITE, mapped, 3 * PAGE);
    zx_vmar_protect(vmar.h, VM_WRITE, mapped, PAGE);
    zx_vmar_protect(vmar.h, VM_WRITE, mapped + 2 * PAGE, PAGE);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(vmar_in_range, P "invalid_args_vmar") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(4);
    vmar_t inside = allocate(vmar.h, VM_CAN_ALL | ZX_VM_SPECIFIC, 4 * PAGE, 4 * PAGE);
    map_at(inside.h, vmo, VM_READ, 0, 4);
    map_at(vmar.h, vmo, VM_READ, 0, 4);
    zx_vmar_protect(vmar.h, VM_WRITE, inside.base, 4 * PAGE);
    zx_vmar_protect(vmar.h, VM_WRITE, vmar.base, 8 * PAGE);
    zx_vmar_protect(vmar.h, VM_WRITE, vmar.base, 5 * PAGE);
    zx_handle_close(vmo);
    zx_handle_close(inside.h);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(destroyed_vmar, P "destroyed") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(4);
    zx_vaddr_t mapped = map_at(vmar.h, vmo, VM_READ, 4, 4);
    zx_vmar_destroy(vmar.h);
    zx_vmar_protect(vmar.h, VM_WRITE, mapped, 4 * PAGE);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

/* A handle, the VMO's handle, or a VMAR, that lacks what `perms` need. */
#define LACKING(name, can_map, right, mapped_with, perms)                             \
    CASE(handle_without_##name, P "access_denied_handle") {                           \
        space_t space = make_space();                                                 \
        vmar_t vmar = make_vmar_in(space);                                            \
        zx_handle_t vmo = make_pages(1);                                              \
        zx_vaddr_t mapped = map_at(vmar.h, vmo, mapped_with, 4, 1);                   \
        zx_handle_t less = without(vmar.h, right);                                    \
        zx_vmar_protect(less, perms, mapped, PAGE);                                   \
        zx_handle_close(vmo);                                                         \
        zx_handle_close(less);                                                        \
        close_space(space);                                                           \
    }                                                                                 \
    CASE(vmo_without_##name, P "access_denied_vmo") {                                 \
        space_t space = make_space();                                                 \
        vmar_t vmar = make_vmar_in(space);                                            \
        zx_handle_t vmo = without(make_pages(1), right);                              \
        zx_vaddr_t mapped = map_at(vmar.h, vmo, mapped_with, 4, 1);                   \
        zx_vmar_protect(vmar.h, perms, mapped, PAGE);                                 \
        zx_handle_close(vmo);                                                         \
        zx_handle_close(vmar.h);                                                      \
        close_space(space);                                                           \
    }                                                                                 \
    CASE(vmar_without_##name, P "access_denied_vmar") {                               \
        space_t space = make_space();                                                 \
        vmar_t vmar = allocate(space.root, VM_CAN_ALL & ~can_map, 0, 16 * PAGE);      \
        zx_handle_t vmo = make_pages(1);                                              \
        zx_vaddr_t mapped = map_at(vmar.h, vmo, mapped_with, 4, 1);                   \
        zx_vmar_protect(vmar.h, perms, mapped, PAGE);                                 \
        zx_handle_close(vmo);                                                         \
        zx_handle_close(vmar.h);                                                      \
        close_space(space);                                                           \
    }

LACKING(read, ZX_VM_CAN_MAP_READ, ZX_RIGHT_READ, 0u, VM_READ)
LACKING(write, ZX_VM_CAN_MAP_WRITE, ZX_RIGHT_WRITE, VM_READ, VM_WRITE)
LACKING(execute, ZX_VM_CAN_MAP_EXECUTE, ZX_RIGHT_EXECUTE, VM_READ, VM_READ | ZX_VM_PERM_EXECUTE)
