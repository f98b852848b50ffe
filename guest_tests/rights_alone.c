/* Calls whose pages list no error yet: a handle that is not what RIGHTS asks for is refused.
 *
 * None of these calls is made with the handle that it asks for: some of them stop the machine. */
#include "zxtest.h"

#define REFUSED(call, parameter, ...)                                                      \
    CASE(call##_refused, #call "/required_of_" #parameter) {                               \
        handle_pair_t event = make_event(), closed = make_event();                         \
        close_and_get_info(closed.h);                                                      \
        const zx_handle_t handles[] = {ZX_HANDLE_INVALID, ZX_NEVER_A_HANDLE, closed.h, event.h}; \
        for (size_t i = 0; i < COUNT(handles); ++i) {                                      \
            zx_handle_t handle = handles[i];                                               \
            __VA_ARGS__;                                                                   \
        }                                                                                  \
        close_pair(event);                                                                 \
    }

/* Also a resource of another kind. */
#define REFUSED_KIND(call, parameter, ...)                                                 \
    REFUSED(call, parameter, __VA_ARGS__)                                                  \
    CASE(call##_refused_other_kind, #call "/required_of_" #parameter) {                    \
        zx_handle_t handle = ZX_HANDLE_INVALID;                                            \
        if (zx_resource_create(zx_root_resource(), ZX_RSRC_KIND_HYPERVISOR, 0, 0, "other", 5, \
                               &handle) != ZX_OK)                                          \
            return;                                                                        \
        __VA_ARGS__;                                                                       \
        zx_handle_close(handle);                                                           \
    }

static char buffer[64];

REFUSED_KIND(clock_adjust, handle, zx_clock_adjust(handle, ZX_CLOCK_UTC, 0))
REFUSED_KIND(debug_read, handle, size_t size = sizeof(buffer); zx_debug_read(handle, buffer, &size))
REFUSED_KIND(debug_send_command, resource, zx_debug_send_command(handle, "help", 4))
REFUSED_KIND(debuglog_create, resource, zx_handle_t out = ZX_HANDLE_INVALID;
             if (zx_debuglog_create(handle, 0, &out) == ZX_OK) close_if_open(out))
REFUSED_KIND(ktrace_control, handle, zx_ktrace_control(handle, 0, 0, NULL))
REFUSED_KIND(ktrace_read, handle, size_t actual; zx_ktrace_read(handle, buffer, 0, sizeof(buffer), &actual))
REFUSED_KIND(ktrace_write, handle, zx_ktrace_write(handle, 0, 0, 0))
REFUSED_KIND(mtrace_control, handle, zx_mtrace_control(handle, 0, 0, 0, NULL, 0))

REFUSED(debuglog_read, handle, zx_debuglog_read(handle, 0, buffer, sizeof(buffer)))
REFUSED(debuglog_write, handle, zx_debuglog_write(handle, 0, "text", 4))
REFUSED(log_read, handle, zx_log_read(handle, sizeof(buffer), buffer, 0))
REFUSED(log_write, handle, zx_log_write(handle, 4, "text", 0))

REFUSED_KIND(framebuffer_get_info, resource, uint32_t a; uint32_t b; uint32_t c; uint32_t d;
             zx_framebuffer_get_info(handle, &a, &b, &c, &d))
REFUSED_KIND(framebuffer_set_range, resource, zx_framebuffer_set_range(handle, handle, 0, 0, 0, 0, 0))
REFUSED_KIND(ioports_request, resource, zx_ioports_request(handle, 0x80, 1))
REFUSED_KIND(pc_firmware_tables, handle, zx_paddr_t rsdp; zx_paddr_t smbios;
             zx_pc_firmware_tables(handle, &rsdp, &smbios))
REFUSED_KIND(pci_add_subtract_io_range, handle, zx_pci_add_subtract_io_range(handle, false, 0, 0, false))
REFUSED_KIND(pci_cfg_pio_rw, handle, uint32_t value = 0;
             zx_pci_cfg_pio_rw(handle, 0, 0, 0, 0, &value, 4, false))
REFUSED_KIND(pci_get_nth_device, handle, zx_handle_t out = ZX_HANDLE_INVALID; zx_pcie_device_info_t info;
             if (zx_pci_get_nth_device(handle, 0, &info, &out) == ZX_OK) close_if_open(out))
REFUSED_KIND(pci_init, handle, zx_pci_init(handle, NULL, 0))
REFUSED_KIND(system_mexec, resource, zx_system_mexec(handle, ZX_HANDLE_INVALID, ZX_HANDLE_INVALID))
REFUSED_KIND(system_mexec_payload_get, resource, zx_system_mexec_payload_get(handle, buffer, sizeof(buffer)))
REFUSED_KIND(system_powerctl, resource, zx_system_powerctl(handle, 0, NULL))

REFUSED(pci_config_read, handle, uint32_t value; zx_pci_config_read(handle, 0, 4, &value))
REFUSED(pci_config_write, handle, zx_pci_config_write(handle, 0, 4, 0))
REFUSED(pci_enable_bus_master, handle, zx_pci_enable_bus_master(handle, false))
REFUSED(pci_get_bar, handle, zx_handle_t out = ZX_HANDLE_INVALID; zx_pci_bar_t bar;
        if (zx_pci_get_bar(handle, 0, &bar, &out) == ZX_OK) close_if_open(out))
REFUSED(pci_map_interrupt, handle, zx_handle_t out = ZX_HANDLE_INVALID;
        if (zx_pci_map_interrupt(handle, 0, &out) == ZX_OK) close_if_open(out))
REFUSED(pci_query_irq_mode, handle, uint32_t most; zx_pci_query_irq_mode(handle, 0, &most))
REFUSED(pci_reset_device, handle, zx_pci_reset_device(handle))
REFUSED(pci_set_irq_mode, handle, zx_pci_set_irq_mode(handle, 0, 0))
