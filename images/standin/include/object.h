// Kernel objects and handles to them.
#pragma once

#include "mm.h"
#include "zx.h"

// A handle outside the process's table: in a message, in a share queue, in transit.
// It counts as a handle of its object wherever it is.
struct handle {
    struct object* object;
    zx_rights_t rights;
};

enum cookie_state { COOKIE_UNSET, COOKIE_SET, COOKIE_INVALIDATED };

// The header of every object.
struct object {
    zx_obj_type_t type;
    zx_signals_t signals;
    uint32_t handle_count;
    uint32_t refs;  // held by other objects and by the kernel, besides the handles
    zx_koid_t koid;
    zx_koid_t related_koid;
    struct object* next_closed;
    enum cookie_state cookie_state;
    zx_koid_t cookie_scope;
    uint64_t cookie;
};

// Zeroed, with a new koid; NULL if out of memory. Destroyed with its last handle and reference.
void* object_new(size_t size, zx_obj_type_t type, zx_signals_t signals);
void object_ref(struct object* object);
void object_unref(struct object* object);
bool object_is_waitable(const struct object* object);
bool object_may_have_cookie(const struct object* object);
zx_koid_t object_next_koid(void);

struct handle handle_new(struct object* object, zx_rights_t rights);
// Closes a handle that is in no table. A NULL object is ignored.
void handle_drop(struct handle handle);

// The process's table.
void handles_init(uint64_t secret);
// NULL: not a valid handle. The pointer holds until the table changes.
const struct handle* handle_lookup(zx_handle_t value);
// Takes a handle out of the table. Its object is NULL if the value was not valid.
struct handle handle_remove(zx_handle_t value);
// Whether any handle in the table is to the object of this koid.
bool handle_names(zx_koid_t koid);
// Adds one and returns its value; ZX_HANDLE_INVALID (and the handle is dropped) if it is full.
zx_handle_t handle_install(struct handle handle);
// Same, and copies the value out to the user. INVALID_ARGS (and the handle is closed) if it can't.
zx_status_t handle_give(struct handle handle, user_t out);
zx_status_t handle_give_pair(struct handle first, user_t out0, struct handle second, user_t out1);

// The object, if the handle is valid, of the type, and has all the rights; else NULL and the status.
struct object* object_get(zx_handle_t value, zx_obj_type_t type, zx_rights_t rights,
                          zx_status_t* status);
// True if `rights` is SAME_RIGHTS or a subset of `have`; *result is then the effective rights.
bool rights_reduce(zx_rights_t have, zx_rights_t rights, zx_rights_t* result);

#define RIGHTS_BASIC \
    (ZX_RIGHT_TRANSFER | ZX_RIGHT_DUPLICATE | ZX_RIGHT_WAIT | ZX_RIGHT_INSPECT)
#define RIGHTS_IO (ZX_RIGHT_READ | ZX_RIGHT_WRITE)
#define RIGHTS_PROPERTY (ZX_RIGHT_GET_PROPERTY | ZX_RIGHT_SET_PROPERTY)
#define RIGHTS_POLICY (ZX_RIGHT_GET_POLICY | ZX_RIGHT_SET_POLICY)
