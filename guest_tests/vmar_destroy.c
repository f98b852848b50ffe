/* zx_vmar_destroy: what was in the region is gone, the handles stay. */
#include "vmars.h"

#define D "vmar_destroy/"

CASE(twice, D "bad_state " D "handle_stays") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_vmar_destroy(vmar.h);
    get_basic_info(vmar.h);
    zx_vmar_destroy(vmar.h);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(through_a_duplicate, D "bad_state " D "destroyed") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t other = duplicate(vmar.h, ZX_RIGHT_SAME_RIGHTS);
    zx_vmar_destroy(other);
    zx_vmar_destroy(vmar.h);
    zx_handle_close(other);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(regions_inside, D "bad_state " D "destroyed") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    vmar_t inside = allocate(vmar.h, VM_CAN_ALL, 0, 4 * PAGE);
    vmar_t innermost = allocate(inside.h, VM_CAN_ALL, 0, PAGE);
    zx_vmar_destroy(vmar.h);
    zx_vmar_destroy(innermost.h);
    zx_vmar_destroy(inside.h);
    zx_handle_close(innermost.h);
    zx_handle_close(inside.h);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(region_beside_stays, D "destroyed object_get_info/process_maps") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space), beside = make_vmar_in(space);
    zx_handle_t vmo = make_pages(1);
    map_at(vmar.h, vmo, VM_READ, 1, 1);
    map_at(beside.h, vmo, VM_READ, 1, 1);
    zx_vmar_destroy(vmar.h);
    get_maps(space.process);
    map_at(beside.h, vmo, VM_READ, 2, 1);
    zx_handle_close(vmo);
    zx_handle_close(beside.h);
    zx_handle_close(vmar.h);
    close_space(space);
}

/* The addresses are free again. */
CASE(allocated_again, D "destroyed vmar_allocate/placed") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    vmar_t inside = allocate(vmar.h, VM_CAN_ALL | ZX_VM_SPECIFIC, 4 * PAGE, 4 * PAGE);
    zx_vmar_destroy(inside.h);
    vmar_t again = allocate(vmar.h, VM_CAN_ALL | ZX_VM_SPECIFIC, 4 * PAGE, 4 * PAGE);
    zx_handle_close(inside.h);
    if (again.h) zx_handle_close(again.h);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(root, D "destroyed " D "bad_state") {
    space_t space = make_space();
    zx_handle_t vmo = make_pages(1);
    zx_vaddr_t at = 0;
    zx_vmar_destroy(space.root);
    zx_vmar_destroy(space.root);
    zx_vmar_map(space.root, VM_READ, 0, vmo, 0, PAGE, &at);
    zx_handle_close(vmo);
    close_space(space);
}
