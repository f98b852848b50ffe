/* zx_smc_call: who may make it, and what it returns. */
#include "zxtest.h"

/* PSCI_VERSION, which has no effect. */
#define FUNCTION 0x84000000u
#define SERVICE 4u

static zx_status_t smc(zx_handle_t resource) {
    zx_smc_parameters_t parameters = {.func_id = FUNCTION};
    zx_smc_result_t result;
    return zx_smc_call(resource, &parameters, &result);
}

CASE(returned, "smc_call/returned") {
    if (smc(zx_root_resource()) == ZX_ERR_NOT_SUPPORTED) zx_unsupported("smc_call");
}

static void smc_of_kind(uint32_t kind, uint64_t base, size_t size) {
    handle_pair_t resource = {0, 0};
    zx_status_t status =
        zx_resource_create(zx_root_resource(), kind, base, size, "other", 5, &resource.h);
    if (status != ZX_OK) return;
    smc(resource.h);
    close_pair(resource);
}

CASE(hypervisor_kind, "smc_call/access_denied") { smc_of_kind(ZX_RSRC_KIND_HYPERVISOR, 0, 0); }
CASE(vmex_kind, "smc_call/access_denied") { smc_of_kind(ZX_RSRC_KIND_VMEX, 0, 0); }

/* A resource for a range of services that the function is not in; only arm64 has resources of this kind. */
CASE(other_service, "smc_call/returned") {
    if (smc(zx_root_resource()) == ZX_ERR_NOT_SUPPORTED) zx_unsupported("smc_call");
    smc_of_kind(ZX_RSRC_KIND_SMC, SERVICE, 1);
    smc_of_kind(ZX_RSRC_KIND_SMC, 0x32, 1);
}

CASE(null_parameters, "smc_call/invalid_args_parameters") {
    zx_smc_result_t result;
    zx_smc_call(zx_root_resource(), NULL, &result);
}

CASE(null_result, "smc_call/invalid_args_result") {
    zx_smc_parameters_t parameters = {.func_id = FUNCTION};
    zx_smc_call(zx_root_resource(), &parameters, NULL);
}

/* Of these the page says nothing. */
CASE(bad_pointers, "smc_call/returned") {
    zx_smc_parameters_t parameters = {.func_id = FUNCTION};
    zx_smc_result_t result;
    if (smc(zx_root_resource()) == ZX_ERR_NOT_SUPPORTED) zx_unsupported("smc_call");
    zx_smc_call(zx_root_resource(), zx_unmapped(zx_smc_parameters_t), &result);
    zx_smc_call(zx_root_resource(), zx_misaligned(zx_smc_parameters_t), &result);
    zx_smc_call(zx_root_resource(), &parameters, zx_unmapped(zx_smc_result_t));
    zx_smc_call(zx_root_resource(), &parameters, zx_read_only(zx_smc_result_t));
}
