/* zx_vmar_unmap, and the errors of zx_vmar_unmap_handle_close_thread_exit, which are the same. */
#include "vmars.h"

#define U "vmar_unmap/"
#define X "vmar_unmap_handle_close_thread_exit/"

static void unmap(zx_handle_t vmar, zx_vaddr_t at, uint64_t size) { zx_vmar_unmap(vmar, at, size); }

static void unmap_and_exit(zx_handle_t vmar, zx_vaddr_t at, uint64_t size) {
    zx_vmar_unmap_handle_close_thread_exit(vmar, at, size, ZX_HANDLE_INVALID);
}

/* One call about a VMAR of 16 pages, at `base`, with a mapping of its pages 4 to 8. The call that
 * exits the thread is made only where unmapping must fail. */
#define CALL_WITH(name, claims, call, at, size)                      \
    CASE(name, claims) {                                             \
        space_t space = make_space();                                \
        vmar_t vmar = make_vmar_in(space);                           \
        zx_handle_t vmo = make_pages(4);                             \
        zx_vaddr_t mapped = map_at(vmar.h, vmo, VM_READ, 4, 4);      \
        (void)mapped;                                                \
        call(vmar.h, at, size);                                      \
        get_maps(space.process);                                     \
        zx_handle_close(vmo);                                        \
        zx_handle_close(vmar.h);                                     \
        close_space(space);                                          \
    }
#define FAILS(name, clause, at, size)                                      \
    CALL_WITH(name, U clause, unmap, at, size)                             \
    CALL_WITH(exit_##name, X clause, unmap_and_exit, at, size)

FAILS(address_misaligned, "invalid_args_addr", mapped + 1, PAGE)
FAILS(address_in_mid_page, "invalid_args_addr", mapped + PAGE / 2, PAGE)
FAILS(size_zero, "invalid_args_len", mapped, 0)
CALL_WITH(size_misaligned, U "invalid_args_len_alignment", unmap, mapped, PAGE + 1)
CALL_WITH(nothing_there, U "not_found", unmap, vmar.base, PAGE)
CALL_WITH(nothing_there_behind, U "not_found", unmap, mapped + 4 * PAGE, 8 * PAGE)
CALL_WITH(partly_nothing, U "unmapped", unmap, vmar.base, 16 * PAGE)
CALL_WITH(outside, "vmar_map/mapped", unmap, vmar.base - PAGE, PAGE)
CALL_WITH(behind, "vmar_map/mapped", unmap, vmar.base + 15 * PAGE, 2 * PAGE)
CALL_WITH(unmapped, U "unmapped object_get_info/process_maps", unmap, mapped, 4 * PAGE)
CALL_WITH(first_part, U "split object_get_info/process_maps", unmap, mapped, 2 * PAGE)
CALL_WITH(last_part, U "split object_get_info/process_maps", unmap, mapped + 3 * PAGE, PAGE)
CALL_WITH(middle_part, U "split object_get_info/process_maps", unmap, mapped + PAGE, 2 * PAGE)
CALL_WITH(more_than_the_first_part, U "split", unmap, vmar.base, 6 * PAGE)

/* The addresses can be used again, those beside them not. */
CASE(mapped_again, U "unmapped " U "split vmar_map/overlap") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(4);
    zx_vaddr_t mapped = map_at(vmar.h, vmo, VM_READ, 4, 4);
    unmap(vmar.h, mapped + PAGE, 2 * PAGE);
    map_at(vmar.h, vmo, VM_READ, 4, 1);
    map_at(vmar.h, vmo, VM_READ, 7, 1);
    map_at(vmar.h, vmo, VM_READ, 5, 2);
    unmap(vmar.h, mapped, 4 * PAGE);
    map_at(vmar.h, vmo, VM_READ, 4, 4);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

static void with_vmar_inside(void call(zx_handle_t vmar, zx_vaddr_t at, uint64_t size), size_t page,
                             size_t pages) {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    vmar_t inside = allocate(vmar.h, VM_CAN_ALL | ZX_VM_SPECIFIC, 4 * PAGE, 4 * PAGE);
    zx_handle_t vmo = make_pages(1);
    map_at(inside.h, vmo, VM_READ, 0, 1);
    call(vmar.h, vmar.base + page * PAGE, pages * PAGE);
    zx_vmar_destroy(inside.h);
    zx_handle_close(vmo);
    zx_handle_close(inside.h);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(vmar_in_range, U "vmars_destroyed vmar_destroy/bad_state") { with_vmar_inside(unmap, 3, 6); }
CASE(vmar_is_range, U "vmars_destroyed vmar_destroy/bad_state") { with_vmar_inside(unmap, 4, 4); }
CASE(first_part_of_vmar, U "invalid_args_overlap") { with_vmar_inside(unmap, 3, 2); }
CASE(last_part_of_vmar, U "invalid_args_overlap") { with_vmar_inside(unmap, 7, 2); }
CASE(inner_part_of_vmar, U "invalid_args_overlap") { with_vmar_inside(unmap, 5, 1); }
CASE(exit_part_of_vmar, X "invalid_args_overlap") { with_vmar_inside(unmap_and_exit, 3, 2); }

static void in_destroyed(void call(zx_handle_t vmar, zx_vaddr_t at, uint64_t size)) {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(4);
    zx_vaddr_t mapped = map_at(vmar.h, vmo, VM_READ, 4, 4);
    zx_vmar_destroy(vmar.h);
    call(vmar.h, mapped, 4 * PAGE);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(destroyed_vmar, U "bad_state") { in_destroyed(unmap); }
CASE(exit_destroyed_vmar, X "bad_state") { in_destroyed(unmap_and_exit); }

/* What the thread that exits is to unmap and to close. */
static struct {
    zx_handle_t vmar;
    zx_vaddr_t at;
    zx_handle_t event;
} going;

static void go(uintptr_t argument) {
    (void)argument;
    no_return();
    zx_vmar_unmap_handle_close_thread_exit(going.vmar, going.at, 4 * PAGE, going.event);
}

CASE(exit_of_a_thread, X "never_returns " X "unmapped " X "closed") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(4);
    going.vmar = vmar.h;
    going.at = map_at(vmar.h, vmo, VM_READ, 4, 4);
    going.event = make_event().h;
    join_thread(start_thread(go, 0));
    close_if_open(going.event);
    get_maps(space.process);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}
