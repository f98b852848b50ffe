/* The process's memory as far as it is known: the segments of the file, and what cases map, unmap
 * and protect. Only mappings in the process's own address space count: in its root VMAR, and in the
 * VMARs that were allocated in one of them. */
#include "rt.h"

#define MOST_REGIONS 256
#define MOST_VMARS 32
#define PAGE 0x1000u
#define PERM_READ 1u
#define PERM_WRITE 2u

typedef struct {
    uintptr_t from, to;
    char memory; /* as classify() returns it */
    zx_koid_t vmo;
    uint64_t vmo_offset, vmo_size;
} Region;

typedef struct {
    zx_koid_t koid;
    uintptr_t from, to;
} Vmar;

static Region regions[MOST_REGIONS];
static unsigned region_count;
static Vmar vmars[MOST_VMARS];
static unsigned vmar_count;

typedef zx_status_t (*InfoCall)(zx_handle_t handle, uint32_t topic, void* buffer, size_t size,
                                size_t* actual, size_t* avail);
typedef zx_status_t (*SizeCall)(zx_handle_t handle, uint64_t* size);

static zx_koid_t koid_of(zx_handle_t handle) {
    zx_info_handle_basic_t basic = {0};
    InfoCall get_info = (InfoCall)vdso_find("object_get_info");
    if (!get_info ||
        get_info(handle, ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), NULL, NULL) != ZX_OK)
        return 0;
    return basic.koid;
}

static void region_add(Region region) {
    if (region.from >= region.to) return;
    if (region_count == MOST_REGIONS) {
        /* What is not followed would be taken for unmapped: make no further calls. */
        if (!line->stopped_by) line->stopped_by = "@mapping";
        return;
    }
    regions[region_count++] = region;
}

/* The part of a region from here to there. */
static Region part(const Region* region, uintptr_t from, uintptr_t to) {
    Region cut = *region;
    cut.from = from;
    cut.to = to;
    cut.vmo_offset += from - region->from;
    return cut;
}

/* What lies in a range gets `memory`, or is gone. */
static void change(uintptr_t from, uintptr_t to, char memory, bool gone) {
    unsigned count = region_count;
    for (unsigned i = 0; i < count; ++i) {
        Region old = regions[i];
        if (old.from >= to || old.to <= from) continue;
        regions[i].to = regions[i].from; /* empty */
        Region inner = part(&old, from > old.from ? from : old.from, to < old.to ? to : old.to);
        inner.memory = memory;
        if (from > old.from) region_add(part(&old, old.from, from));
        if (to < old.to) region_add(part(&old, to, old.to));
        if (!gone) region_add(inner);
    }
    unsigned kept = 0;
    for (unsigned i = 0; i < region_count; ++i)
        if (regions[i].from < regions[i].to) regions[kept++] = regions[i];
    region_count = kept;
}

/* Where the accessible part of a region ends: its VMO may be shorter. */
static uintptr_t end_of(const Region* region) {
    uint64_t there = region->vmo_size > region->vmo_offset ? region->vmo_size - region->vmo_offset : 0;
    return there < region->to - region->from ? region->from + there : region->to;
}

static const Region* region_at(uintptr_t address) {
    for (unsigned i = 0; i < region_count; ++i)
        if (address >= regions[i].from && address < end_of(&regions[i])) return &regions[i];
    return NULL;
}

static Region segment(const char* from, const char* to, char memory) {
    return (Region){(uintptr_t)from, (uintptr_t)to, memory, 0, 0, UINT64_MAX};
}

void mappings_prepare(void) {
    region_count = vmar_count = 0;
    region_add(segment(zx_rw_start, zx_rw_end, 'w'));
    region_add(segment(zx_ro_start, zx_ro_end, 'r'));
    region_add(segment(zx_rx_start, zx_rx_end, 'r'));
}

static char memory_at(uintptr_t at, uint64_t size) {
    char memory = 'w';
    if (!at) return 'n';
    for (uint64_t left = size ? size : 1; left;) {
        const Region* region = region_at(at);
        if (!region || region->memory == 'x') return 'x';
        if (region->memory == 'r') memory = 'r';
        uint64_t here = end_of(region) - at;
        if (here >= left) break;
        left -= here;
        at += here;
    }
    return memory;
}

char classify(const void* pointer, uint64_t size) {
    line_lock();
    char memory = memory_at((uintptr_t)pointer, size);
    line_unlock();
    return memory;
}

size_t fillable_at(const void* pointer) {
    const char* at = pointer;
    if (at < zx_rw_start || at >= zx_rw_end) return 0;
    line_lock();
    const Region* region = region_at((uintptr_t)at);
    size_t size = region && region->memory == 'w' ? region->to - (uintptr_t)at : 0;
    line_unlock();
    return size;
}

/* ---- after the calls */

static uintptr_t rounded(uint64_t size) { return (size + PAGE - 1) & ~(uint64_t)(PAGE - 1); }

static char memory_of(uint32_t options) {
    return options & PERM_WRITE ? 'w' : options & PERM_READ ? 'r' : 'x';
}

static const Vmar* own_vmar(zx_handle_t handle) {
    zx_koid_t koid = koid_of(handle);
    if (!vmar_count) vmars[vmar_count++] = (Vmar){koid_of(args_root_vmar()), 0, UINTPTR_MAX};
    for (unsigned i = 0; koid && i < vmar_count; ++i)
        if (vmars[i].koid == koid) return &vmars[i];
    return NULL;
}

/* What the runtime maps for itself is none of a case's memory. */
static bool follows(zx_status_t status) { return status == ZX_OK && !me()->silent; }

void mappings_allocated(zx_status_t status, zx_handle_t parent, uint64_t size,
                        const zx_handle_t* child, const zx_vaddr_t* at) {
    if (!follows(status) || classify(child, sizeof(*child)) != 'w' ||
        classify(at, sizeof(*at)) != 'w')
        return;
    line_lock();
    if (own_vmar(parent)) {
        if (vmar_count < MOST_VMARS)
            vmars[vmar_count++] = (Vmar){koid_of(*child), *at, *at + rounded(size)};
        else if (!line->stopped_by)
            line->stopped_by = "@mapping";
    }
    line_unlock();
}

void mappings_destroyed(zx_status_t status, zx_handle_t handle) {
    if (!follows(status)) return;
    line_lock();
    const Vmar* vmar = own_vmar(handle);
    if (vmar) change(vmar->from, vmar->to, 'x', true);
    line_unlock();
}

void mappings_mapped(zx_status_t status, zx_handle_t handle, uint32_t options, zx_handle_t vmo,
                     uint64_t vmo_offset, uint64_t size, const zx_vaddr_t* at) {
    if (!follows(status) || classify(at, sizeof(*at)) != 'w') return;
    uintptr_t from = *at, to = from + rounded(size);
    zx_koid_t koid = koid_of(vmo);
    SizeCall get_size = (SizeCall)vdso_find("vmo_get_size");
    uint64_t vmo_size = UINT64_MAX;
    if (get_size && get_size(vmo, &vmo_size) != ZX_OK) vmo_size = UINT64_MAX;
    line_lock();
    if (own_vmar(handle)) {
        change(from, to, 'x', true);
        region_add((Region){from, to, memory_of(options), koid, vmo_offset, vmo_size});
    }
    line_unlock();
}

void mappings_unmapped(zx_status_t status, zx_handle_t handle, zx_vaddr_t at, uint64_t size) {
    if (!follows(status)) return;
    line_lock();
    if (own_vmar(handle)) change(at, at + rounded(size), 'x', true);
    line_unlock();
}

void mappings_protected(zx_status_t status, zx_handle_t handle, uint32_t options, zx_vaddr_t at,
                        uint64_t size) {
    if (!follows(status)) return;
    line_lock();
    if (own_vmar(handle)) change(at, at + rounded(size), memory_of(options), false);
    line_unlock();
}

void mappings_resized(zx_status_t status, zx_handle_t vmo, uint64_t size) {
    if (!follows(status)) return;
    zx_koid_t koid = koid_of(vmo);
    line_lock();
    for (unsigned i = 0; koid && i < region_count; ++i)
        if (regions[i].vmo == koid) regions[i].vmo_size = rounded(size);
    line_unlock();
}
