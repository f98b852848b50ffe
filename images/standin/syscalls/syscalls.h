// The system calls. A user pointer is a user_t: only user_read and user_write access it.
// One file per page of the documentation.
#pragma once

#include "faults.h"
#include "objects.h"

zx_status_t sys_handle_close(zx_handle_t handle);
zx_status_t sys_handle_duplicate(zx_handle_t handle, zx_rights_t rights, user_t out);
zx_status_t sys_handle_replace(zx_handle_t handle, zx_rights_t rights, user_t out);
zx_status_t sys_object_get_info(zx_handle_t handle, uint32_t topic, user_t buffer, size_t size,
                                user_t actual, user_t avail);
zx_status_t sys_object_set_cookie(zx_handle_t handle, zx_handle_t scope, uint64_t cookie);
zx_status_t sys_object_get_cookie(zx_handle_t handle, zx_handle_t scope, user_t cookie);
zx_status_t sys_object_get_child(zx_handle_t handle, uint64_t koid, zx_rights_t rights, user_t out);
zx_status_t sys_object_wait_one(zx_handle_t handle, zx_signals_t signals, zx_time_t deadline,
                                user_t observed);
zx_status_t sys_object_signal(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);
zx_status_t sys_channel_create(uint32_t options, user_t out0, user_t out1);
zx_status_t sys_channel_read(zx_handle_t handle, uint32_t options, user_t bytes, user_t handles,
                             uint32_t num_bytes, uint32_t num_handles, user_t actual_bytes,
                             user_t actual_handles);
zx_status_t sys_channel_read_etc(zx_handle_t handle, uint32_t options, user_t bytes, user_t handles,
                                 uint32_t num_bytes, uint32_t num_handles, user_t actual_bytes,
                                 user_t actual_handles);
zx_status_t sys_channel_write(zx_handle_t handle, uint32_t options, user_t bytes,
                              uint32_t num_bytes, user_t handles, uint32_t num_handles);
zx_status_t sys_channel_write_etc(zx_handle_t handle, uint32_t options, user_t bytes,
                                  uint32_t num_bytes, user_t handles, uint32_t num_handles);
zx_status_t sys_socket_create(uint32_t options, user_t out0, user_t out1);
zx_status_t sys_socket_share(zx_handle_t handle, zx_handle_t socket_to_share);
zx_status_t sys_socket_accept(zx_handle_t handle, user_t out_socket);
zx_status_t sys_socket_write(zx_handle_t handle, uint32_t options, user_t buffer, size_t size,
                             user_t actual);
zx_status_t sys_socket_read(zx_handle_t handle, uint32_t options, user_t buffer, size_t size,
                            user_t actual);
zx_status_t sys_event_create(uint32_t options, user_t out);
zx_status_t sys_eventpair_create(uint32_t options, user_t out0, user_t out1);
zx_status_t sys_vmo_create(uint64_t size, uint32_t options, user_t out);
zx_status_t sys_vmo_get_size(zx_handle_t handle, user_t size);
zx_status_t sys_vmo_set_size(zx_handle_t handle, uint64_t size);
zx_status_t sys_job_create(zx_handle_t parent_job, uint32_t options, user_t out);
zx_status_t sys_process_create(zx_handle_t job, user_t name, size_t name_size, uint32_t options,
                               user_t proc_handle, user_t vmar_handle);
zx_status_t sys_thread_create(zx_handle_t process, user_t name, size_t name_size, uint32_t options,
                              user_t out);
zx_status_t sys_port_create(uint32_t options, user_t out);
zx_status_t sys_timer_create(uint32_t options, uint32_t clock_id, user_t out);
zx_status_t sys_resource_create(zx_handle_t parent_rsrc, uint32_t options, uint64_t base,
                                size_t size, user_t name, size_t name_size, user_t resource_out);
zx_status_t sys_debug_write(user_t buffer, size_t size);
zx_status_t sys_debug_read(zx_handle_t handle, user_t buffer, user_t size);
zx_status_t sys_system_get_version(user_t version, size_t size);
zx_status_t sys_process_exit(int64_t retcode);
