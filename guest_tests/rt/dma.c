/* What cases of DMA share: from the root resource to a pinned page. */
#include "zxtest.h"

handle_pair_t make_iommu(void) {
    handle_pair_t made = {0, 0};
    zx_iommu_create(zx_root_resource(), ZX_IOMMU_TYPE_DUMMY, "", 1, &made.h);
    return made;
}

handle_pair_t make_bti(void) {
    handle_pair_t iommu = make_iommu(), made = {0, 0};
    zx_bti_create(iommu.h, 0, 0, &made.h);
    close_pair(iommu);
    return made;
}

handle_pair_t make_pmt(void) {
    handle_pair_t bti = make_bti(), vmo = make_vmo(), made = {0, 0};
    zx_paddr_t address = 0;
    zx_bti_pin(bti.h, ZX_BTI_PERM_READ, vmo.h, 0, 4096, &address, 1, &made.h);
    close_pair(vmo);
    close_pair(bti);
    return made;
}
