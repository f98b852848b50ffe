"""Facts of the pages about making jobs, processes and threads."""

from __future__ import annotations

from zxhil.docs.facts.fact import (
    BAD_POINTER,
    NOT_VALID,
    NOT_ZERO,
    effect,
    error,
    facts,
    memory,
)

_RIGHTS_ELSEWHERE = {"default_rights": "handles.md and rights.h"}

PAGES = (
    facts(
        "job_create",
        "end of 2018",
        effect("child_of_parent", "child job object", "parent job"),
        error("BAD_HANDLE", "bad_handle", "parent_job|job", NOT_VALID),
        error("WRONG_TYPE", "wrong_type", "parent_job|job", "not a job|not a job handle"),
        error("INVALID_ARGS", "invalid_args_options", "options|flags", NOT_ZERO),
        error("INVALID_ARGS", "invalid_args_out", "out", BAD_POINTER),
        error("ACCESS_DENIED", "access_denied", "parent_job|job", "zx_right_write"),
        error("OUT_OF_RANGE", "out_of_range", "", "height", "too large"),
        error("BAD_STATE", "bad_state", "", "dead state"),
        memory(),
        elsewhere=_RIGHTS_ELSEWHERE,
    ),
    facts(
        "process_create",
        "end of 2018",
        effect("child_of_job", "child of that job"),
        effect("vmar_returned", "root of its address space"),
        error("BAD_HANDLE", "bad_handle", "job", NOT_VALID),
        error("WRONG_TYPE", "wrong_type", "job", "not a job|not a job handle"),
        error("ACCESS_DENIED", "access_denied", "job", "zx_right_write"),
        error("INVALID_ARGS", "invalid_args_name", "name", BAD_POINTER),
        error("INVALID_ARGS", "invalid_args_proc_handle", "proc_handle|out", BAD_POINTER),
        error("INVALID_ARGS", "invalid_args_vmar_handle", "vmar_handle", BAD_POINTER),
        error("INVALID_ARGS", "invalid_args_options", "options|flags", NOT_ZERO),
        error("BAD_STATE", "bad_state", "", "dead state"),
        memory(),
        elsewhere=_RIGHTS_ELSEWHERE,
    ),
    facts(
        "thread_create",
        "end of 2018",
        effect("child_of_process", "child of that process"),
        error("BAD_HANDLE", "bad_handle", "process", NOT_VALID),
        error("WRONG_TYPE", "wrong_type", "process", "not a process|not a process handle"),
        error("ACCESS_DENIED", "access_denied", "process", "zx_right_manage_thread"),
        error("INVALID_ARGS", "invalid_args_name", "name", BAD_POINTER),
        error("INVALID_ARGS", "invalid_args_out", "out", BAD_POINTER),
        error("INVALID_ARGS", "invalid_args_options", "options|flags", NOT_ZERO),
        memory(),
        elsewhere=_RIGHTS_ELSEWHERE,
    ),
)
