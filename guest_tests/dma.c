/* IOMMUs, BTIs and pinned memory: zx_iommu_create, zx_bti_create, zx_bti_pin,
 * zx_bti_release_quarantine, zx_pmt_unpin, zx_vmo_create_contiguous, zx_vmo_create_physical. */
#include "zxtest.h"

#define PAGE 4096u
#define IOMMU "iommu_create/"
#define PIN "bti_pin/"
#define PHYSICAL "vmo_create_physical/"
#define CONTIGUOUS "vmo_create_contiguous/"
#define READ_WRITE (ZX_BTI_PERM_READ | ZX_BTI_PERM_WRITE)

static zx_handle_t resource_of(uint32_t kind, uint64_t base, uint64_t size) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_resource_create(zx_root_resource(), kind, base, size, "dma", 3, &out);
    get_basic_info(out);
    return out;
}

static void create_iommu(zx_handle_t resource, uint32_t type, const void* desc, size_t size) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    if (zx_iommu_create(resource, type, desc, size, &out) == ZX_OK) close_if_open(out);
}

CASE(iommu, IOMMU "created " IOMMU "usable_rights") {
    create_iommu(zx_root_resource(), ZX_IOMMU_TYPE_DUMMY, "", 1);
}

CASE(iommu_of_other_kind, IOMMU "access_denied") {
    zx_handle_t other = resource_of(ZX_RSRC_KIND_VMEX, 0, 0);
    create_iommu(other, ZX_IOMMU_TYPE_DUMMY, "", 1);
    zx_handle_close(other);
}

CASE(iommu_of_other_type, IOMMU "not_supported") {
    for (uint32_t bit = 0x100; bit; bit <<= 1) create_iommu(zx_root_resource(), bit, "", 1);
}

CASE(iommu_desc_too_long, IOMMU "invalid_args_desc_size") {
    static const char desc[2 * PAGE];
    create_iommu(zx_root_resource(), ZX_IOMMU_TYPE_DUMMY, desc, PAGE + 1);
    create_iommu(zx_root_resource(), ZX_IOMMU_TYPE_DUMMY, desc, 2 * PAGE);
}

CASE(iommu_other_desc, IOMMU "invalid_args_contents") {
    static const char desc[PAGE];
    create_iommu(zx_root_resource(), ZX_IOMMU_TYPE_DUMMY, desc, 0);
    create_iommu(zx_root_resource(), ZX_IOMMU_TYPE_DUMMY, desc, 2);
    create_iommu(zx_root_resource(), ZX_IOMMU_TYPE_DUMMY, desc, PAGE);
}

CASE(bti, "bti_create/created bti_create/usable_rights") {
    handle_pair_t iommu = make_iommu();
    for (uint64_t id = 0; id < 3; id++) {
        zx_handle_t out = ZX_HANDLE_INVALID;
        if (zx_bti_create(iommu.h, 0, id, &out) == ZX_OK) close_if_open(out);
    }
    close_pair(iommu);
}

/* Pin `count` addresses' worth of `vmo`, and unpin again. */
static zx_status_t pin(zx_handle_t bti, uint32_t options, zx_handle_t vmo, uint64_t offset,
                       uint64_t size, size_t count) {
    static zx_paddr_t addresses[8];
    zx_handle_t token = ZX_HANDLE_INVALID;
    zx_status_t status =
        zx_bti_pin(bti, options, vmo, offset, size, addresses, count, &token);
    if (status == ZX_OK) {
        zx_pmt_unpin(with_basic_info(token));
        get_basic_info(token);
    }
    return status;
}

static zx_handle_t make_pages(uint64_t count) {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vmo_create(count * PAGE, 0, &vmo);
    return vmo;
}

CASE(pinned, PIN "pinned " PIN "addresses pmt_unpin/consumed") {
    handle_pair_t bti = make_bti();
    zx_handle_t vmo = make_pages(8);
    pin(bti.h, READ_WRITE, vmo, 0, 8 * PAGE, 8);
    pin(bti.h, ZX_BTI_PERM_EXECUTE | ZX_BTI_PERM_READ, vmo, 3 * PAGE, 2 * PAGE, 2);
    pin(bti.h, READ_WRITE | ZX_BTI_COMPRESS, vmo, 0, PAGE, 1);
    zx_handle_close(vmo);
    close_pair(bti);
}

CASE(pinned_keeps_its_bytes, PIN "pinned vmo_read/bytes_read") {
    handle_pair_t bti = make_bti();
    zx_handle_t vmo = make_pages(1), token = ZX_HANDLE_INVALID;
    zx_paddr_t address = 0;
    char bytes[4];
    zx_vmo_write(vmo, "kept", 0, 4);
    zx_bti_pin(bti.h, READ_WRITE, vmo, 0, PAGE, &address, 1, &token);
    zx_vmo_op_range(vmo, ZX_VMO_OP_DECOMMIT, 0, PAGE, NULL, 0);
    zx_pmt_unpin(token);
    get_basic_info(token);
    zx_vmo_read(vmo, bytes, 0, 4);
    zx_vmo_read(vmo, bytes, 0, 4);
    zx_handle_close(vmo);
    close_pair(bti);
}

CASE(quarantined, "bti_release_quarantine/released") {
    handle_pair_t bti = make_bti();
    zx_handle_t vmo = make_pages(1), token = ZX_HANDLE_INVALID;
    zx_paddr_t address = 0;
    zx_bti_pin(bti.h, READ_WRITE, vmo, 0, PAGE, &address, 1, &token);
    close_and_get_info(token);
    zx_bti_release_quarantine(bti.h);
    zx_bti_release_quarantine(bti.h);
    zx_handle_close(vmo);
    close_pair(bti);
}

CASE(pin_without_the_right, PIN "access_denied_perm") {
    handle_pair_t bti = make_bti();
    zx_handle_t vmo = make_pages(1);
    zx_handle_t no_read = duplicate(vmo, ZX_RIGHT_MAP | ZX_RIGHT_WRITE);
    zx_handle_t no_write = duplicate(vmo, ZX_RIGHT_MAP | ZX_RIGHT_READ);
    pin(bti.h, ZX_BTI_PERM_READ, no_read, 0, PAGE, 1);
    pin(bti.h, ZX_BTI_PERM_EXECUTE, no_read, 0, PAGE, 1);
    pin(bti.h, ZX_BTI_PERM_WRITE, no_read, 0, PAGE, 1);
    pin(bti.h, ZX_BTI_PERM_WRITE, no_write, 0, PAGE, 1);
    pin(bti.h, READ_WRITE, no_write, 0, PAGE, 1);
    pin(bti.h, ZX_BTI_PERM_READ, no_write, 0, PAGE, 1);
    zx_handle_close(no_read);
    zx_handle_close(no_write);
    zx_handle_close(vmo);
    close_pair(bti);
}

#define PIN_FAILS(name, claim, options, offset, size, count)      \
    CASE(name, PIN claim) {                                       \
        handle_pair_t bti = make_bti();                           \
        zx_handle_t vmo = make_pages(4);                          \
        pin(bti.h, options, vmo, offset, size, count);            \
        zx_handle_close(vmo);                                     \
        close_pair(bti);                                          \
    }

/* As large as no machine's memory. */
CASE(pin_more_than_memory, PIN "no_memory") {
    handle_pair_t bti = make_bti();
    zx_handle_t vmo = make_pages(1ul << 33);
    pin(bti.h, READ_WRITE | ZX_BTI_COMPRESS, vmo, 0, (uint64_t)PAGE << 33, 8);
    zx_handle_close(vmo);
    close_pair(bti);
}

PIN_FAILS(pin_no_options, "invalid_args_none", 0, 0, PAGE, 1)
PIN_FAILS(pin_too_few, "invalid_args_count", READ_WRITE, 0, 4 * PAGE, 3)
PIN_FAILS(pin_too_many, "invalid_args_count", READ_WRITE, 0, 2 * PAGE, 3)
PIN_FAILS(pin_compressed_none, "invalid_args_count", READ_WRITE | ZX_BTI_COMPRESS, 0, PAGE, 0)
PIN_FAILS(pin_compressed_many, "invalid_args_count", READ_WRITE | ZX_BTI_COMPRESS, 0, PAGE, 2)
PIN_FAILS(pin_offset, "invalid_args_offset", READ_WRITE, 1, PAGE, 1)
PIN_FAILS(pin_size, "invalid_args_size", READ_WRITE, 0, PAGE + 1, 2)
PIN_FAILS(pin_both, "exclusive", READ_WRITE | ZX_BTI_COMPRESS | ZX_BTI_CONTIGUOUS, 0, PAGE, 1)
PIN_FAILS(pin_not_contiguous, "not_contiguous", READ_WRITE | ZX_BTI_CONTIGUOUS, 0, PAGE, 1)
PIN_FAILS(pin_outside, "out_of_range", READ_WRITE, 4 * PAGE, PAGE, 1)
PIN_FAILS(pin_partly_outside, "out_of_range", READ_WRITE, 2 * PAGE, 3 * PAGE, 3)
PIN_FAILS(pin_overflow, "out_of_range", READ_WRITE, UINT64_MAX - PAGE + 1, 2 * PAGE, 2)

/* Of no pages, and of options without any access, the page says nothing. */
CASE(pin_nothing, PIN "pinned") {
    handle_pair_t bti = make_bti();
    zx_handle_t vmo = make_pages(1);
    pin(bti.h, READ_WRITE, vmo, 0, PAGE, 1);
    pin(bti.h, READ_WRITE, vmo, 0, 0, 0);
    pin(bti.h, ZX_BTI_COMPRESS, vmo, 0, PAGE, 1);
    zx_handle_close(vmo);
    close_pair(bti);
}

/* zx_vmo_create_contiguous: its page says what RIGHTS asks for, and nothing else. */

static zx_handle_t contiguous(zx_handle_t bti, size_t size, uint32_t alignment) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    if (zx_vmo_create_contiguous(bti, size, alignment, &out) == ZX_OK) get_basic_info(out);
    return out;
}

/* Whether such memory can be decommitted, no page says: a kernel may refuse it. */
CASE(contiguous_decommit, CONTIGUOUS "returned") {
    handle_pair_t bti = make_bti();
    zx_handle_t vmo = contiguous(bti.h, 2 * PAGE, 0);
    zx_vmo_op_range(vmo, ZX_VMO_OP_DECOMMIT, 0, PAGE, NULL, 0);
    zx_handle_close(vmo);
    close_pair(bti);
}

CASE(contiguous_pinned, PIN "pinned " PIN "addresses") {
    handle_pair_t bti = make_bti();
    zx_handle_t vmo = contiguous(bti.h, 2 * PAGE, 0);
    pin(bti.h, READ_WRITE | ZX_BTI_CONTIGUOUS, vmo, 0, 2 * PAGE, 1);
    pin(bti.h, READ_WRITE, vmo, 0, 2 * PAGE, 2);
    zx_vmo_op_range(vmo, ZX_VMO_OP_DECOMMIT, 0, PAGE, NULL, 0);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED);
    zx_handle_close(vmo);
    close_pair(bti);
}

CASE(contiguous_count, PIN "invalid_args_count") {
    handle_pair_t bti = make_bti();
    zx_handle_t vmo = contiguous(bti.h, 2 * PAGE, 0);
    pin(bti.h, READ_WRITE | ZX_BTI_CONTIGUOUS, vmo, 0, 2 * PAGE, 2);
    zx_handle_close(vmo);
    close_pair(bti);
}

CASE(contiguous_refused, CONTIGUOUS "required_of_bti") {
    handle_pair_t event = make_event(), bti = make_bti();
    zx_handle_t bare = duplicate(bti.h, ZX_RIGHT_WRITE);
    get_basic_info(event.h);
    close_if_open(contiguous(ZX_HANDLE_INVALID, PAGE, 0));
    close_if_open(contiguous(ZX_NEVER_A_HANDLE, PAGE, 0));
    close_if_open(contiguous(event.h, PAGE, 0));
    close_if_open(contiguous(bare, PAGE, 0));
    zx_handle_close(bare);
    close_pair(bti);
    close_pair(event);
}

/* zx_vmo_create_physical: of memory that is never touched. */

static zx_handle_t physical(zx_handle_t resource, uint64_t address, size_t size) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    if (zx_vmo_create_physical(resource, address, size, &out) == ZX_OK) get_basic_info(out);
    return out;
}

CASE(physical_of_a_range, PHYSICAL "created " PHYSICAL "usable_rights " PHYSICAL "size_asked") {
    zx_handle_t mmio = resource_of(ZX_RSRC_KIND_MMIO, ZX_SOME_PADDR, 4 * PAGE);
    zx_handle_t vmo = physical(mmio, ZX_SOME_PADDR + PAGE, 2 * PAGE);
    uint64_t size = 0;
    zx_vmo_get_size(vmo, &size);
    signals_of(vmo, ZX_VMO_ZERO_CHILDREN);
    close_if_open(vmo);
    zx_handle_close(mmio);
}

CASE(physical_outside, PHYSICAL "access_denied") {
    zx_handle_t mmio = resource_of(ZX_RSRC_KIND_MMIO, ZX_SOME_PADDR, 4 * PAGE);
    close_if_open(physical(mmio, ZX_SOME_PADDR - PAGE, 2 * PAGE));
    close_if_open(physical(mmio, ZX_SOME_PADDR, 5 * PAGE));
    close_if_open(physical(mmio, ZX_SOME_PADDR + 4 * PAGE, PAGE));
    zx_handle_close(mmio);
}

CASE(physical_of_other_kind, PHYSICAL "access_denied") {
    zx_handle_t other = resource_of(ZX_RSRC_KIND_VMEX, 0, 0);
    close_if_open(physical(other, ZX_SOME_PADDR, PAGE));
    zx_handle_close(other);
}

CASE(physical_address_not_aligned, PHYSICAL "invalid_args_paddr") {
    close_if_open(physical(zx_root_resource(), ZX_SOME_PADDR + 1, PAGE));
    close_if_open(physical(zx_root_resource(), ZX_SOME_PADDR + PAGE - 1, PAGE));
}

CASE(physical_size_not_aligned, PHYSICAL "invalid_args_size") {
    close_if_open(physical(zx_root_resource(), ZX_SOME_PADDR, PAGE + 1));
    close_if_open(physical(zx_root_resource(), ZX_SOME_PADDR, 1));
}

/* Of no memory, and of more than there are addresses, the page says nothing. */
CASE(physical_odd_ranges, PHYSICAL "created") {
    close_if_open(physical(zx_root_resource(), ZX_SOME_PADDR, PAGE));
    close_if_open(physical(zx_root_resource(), ZX_SOME_PADDR, 0));
    close_if_open(physical(zx_root_resource(), UINT64_MAX - PAGE + 1, PAGE));
}

CASE(physical_is_not_read, "vmo_read/physical vmo_write/physical") {
    zx_handle_t vmo = physical(zx_root_resource(), ZX_SOME_PADDR, PAGE);
    char byte;
    zx_vmo_read(vmo, &byte, 0, 1);
    zx_vmo_write(vmo, "x", 0, 1);
    zx_handle_close(vmo);
}

CASE(physical_cache_policy, "vmo_set_cache_policy/access_denied_configured") {
    zx_handle_t vmo = physical(zx_root_resource(), ZX_SOME_PADDR, PAGE);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED_DEVICE);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED_DEVICE);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_CACHED);
    zx_handle_close(vmo);
}

CASE(physical_pinned, PIN "pinned " PIN "addresses") {
    handle_pair_t bti = make_bti();
    zx_handle_t vmo = physical(zx_root_resource(), ZX_SOME_PADDR, 2 * PAGE);
    pin(bti.h, READ_WRITE | ZX_BTI_CONTIGUOUS, vmo, 0, 2 * PAGE, 1);
    pin(bti.h, READ_WRITE, vmo, 0, 2 * PAGE, 2);
    zx_handle_close(vmo);
    close_pair(bti);
}
