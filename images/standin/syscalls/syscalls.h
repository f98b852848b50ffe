// The system calls. A user pointer is a user_t: only user_read and user_write access it.
// One file per page of the documentation.
#pragma once

#include "faults.h"
#include "objects.h"

// sys_NAME of each call, generated from the table of prototypes (harness/zxhil/abi/calls).
#include "entries.h"
