"""Baseline cases: what is generated from a page's routine sentences and a line of set-up."""

from __future__ import annotations

import re
import shutil

import pytest
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.guest import baseline
from zxhil.guest.baseline import files
from zxhil.guest.baseline.cases import BaselineCase, baseline_cases
from zxhil.guest.baseline.setups import read_setups, split
from zxhil.guest.build import build, programs
from zxhil.guest.shown import case_source
from zxhil.model.asks import Asks
from zxhil.model.pages import load, load_all
from zxhil.oracle.cases import CaseInfo, source_place


def cases(call: str) -> dict[str, BaselineCase]:
    return {case.name: case for case in baseline_cases(load(call), read_setups()[call])}


def c(call: str, name: str) -> str:
    return "\n".join(cases(call)[name].lines)


# ---- what there is


@pytest.mark.parametrize("call", sorted(read_setups()))
def test_every_routine_error_is_claimed(call):
    page = load(call)
    claimed = {claim for case in cases(call).values() for claim in case.claims}
    assert {clause.id for clause in page.routines} <= claimed


def test_every_page_with_routine_sentences_has_a_set_up():
    assert {name for name, page in load_all().items() if page.routines} <= set(read_setups())


@pytest.mark.parametrize("call", sorted(read_setups()))
def test_claims_are_clauses_and_names_are_words(call):
    known = {clause.id for page in load_all().values() for clause in page.clauses}
    for case in cases(call).values():
        assert case.claims
        assert set(case.claims) <= known
        assert re.fullmatch(r"[a-z][a-z0-9_]*", case.name)


def test_a_page_without_routine_sentences_has_no_cases():
    page = load("thread_create")
    routines, page.routines = page.routines, {}
    try:
        assert cases("thread_create") == {}
    finally:
        page.routines = routines


def test_names_of_the_cases_of_a_call():
    """They are in reports, known divergences and scripts of users: they stay."""
    assert list(cases("thread_create")) == [
        *(f"process_{what}" for what in ("zero", "never_allocated", "closed")),
        *("process_is_channel", "process_is_socket", "process_is_fifo"),
        *("process_is_event", "process_is_eventpair"),
        *("process_is_vmo", "process_is_port", "process_is_timer", "process_is_job"),
        *("process_is_thread", "process_is_vmar", "process_is_resource"),
        "process_without_manage_thread",
        *(
            f"name_{what}"
            for what in ("null", "unmapped", "kernel", "past_mapping_end", "at_mapping_end")
        ),
        *(
            f"out_{what}"
            for what in ("null", "unmapped", "kernel", "read_only", "past_mapping_end")
        ),
        *("out_at_mapping_end", "out_misaligned"),
        "options_invalid_bits",
    ]


# ---- what they look like


def test_a_closed_handle():
    assert (
        c("thread_create", "process_closed")
        == """\
CASE(process_closed, "thread_create/bad_handle") {
    handle_pair_t process = make_process();
    zx_handle_t out = ZX_HANDLE_INVALID;
    close_and_get_info(process.h);
    if (zx_thread_create(process.h, "name", 4, 0, &out) == ZX_OK) close_if_open(out);
    zx_handle_close(process.peer);
}"""
    )


def test_a_handle_of_another_type_is_observed_first():
    assert (
        c("socket_write", "handle_is_vmo")
        == """\
CASE(handle_is_vmo, "socket_write/wrong_type") {
    handle_pair_t socket = make_socket(), other = make_vmo();
    size_t actual;
    get_basic_info(other.h);
    zx_socket_write(other.h, 0, "data", 4, &actual);
    char read[4];
    size_t size;
    zx_socket_read(socket.peer, 0, read, sizeof(read), &size);
    zx_socket_read(socket.peer, 0, read, sizeof(read), NULL);
    close_pair(socket);
    close_pair(other);
}"""
    )
    assert "make_job" not in c("job_create", "parent_job_is_vmo")


def test_what_a_call_consumes_is_made_for_each_bit():
    assert (
        c("channel_write", "options_invalid_bits")
        == """\
CASE(options_invalid_bits, "channel_write/invalid_args_options") {
    for (uint32_t bit = 1; bit; bit <<= 1) {
        handle_pair_t channel = make_channel(), event = make_event();
        zx_channel_write(channel.h, bit, "data", 4, &event.h, 1);
        close_if_open(event.h);
        drain(channel.peer);
        close_pair(channel);
    }
}"""
    )


def test_valid_bits_are_left_out():
    lines = c("socket_read", "options_invalid_bits")
    assert "if (bit & 0x4u) continue;" in lines
    assert lines.index("make_socket") < lines.index("for (")
    assert lines.rindex("zx_socket_read(") > lines.index(
        "    }\n"
    )  # what is waiting stays for each bit


def test_new_handles_at_the_edge_are_found_there():
    assert (
        c("vmo_create", "out_at_mapping_end")
        == """\
CASE(out_at_mapping_end, "vmo_create/created") {
    zx_handle_t* out_at = zx_edge(zx_handle_t, 1);
    if (zx_vmo_create(4096, 0, out_at) == ZX_OK) close_if_open(*out_at);
}"""
    )
    assert "close_if_open(out_at[0]);" in c("channel_read", "handles_at_mapping_end")


def test_where_the_page_leaves_it_open_the_set_up_is_claimed():
    assert cases("vmo_create")["out_misaligned"].claims == ("event_create/created",)
    assert cases("thread_create")["out_misaligned"].claims == ("process_create/child_of_job",)
    assert cases("object_wait_one")["observed_null"].claims == ("event_create/created",)


def test_what_nothing_uses_is_not_declared():
    assert "entry" in c("channel_write_etc", "handle_zero")
    assert "entry" not in c("channel_write_etc", "handles_null")
    assert "make_sharing_socket" not in c("socket_share", "handle_zero")


def test_a_right_is_taken_from_the_very_handle():
    assert "process.h = without(process.h, ZX_RIGHT_MANAGE_THREAD);" in c(
        "thread_create", "process_without_manage_thread"
    )


def test_lines_are_short():
    for call in read_setups():
        for case in cases(call).values():
            assert [line for line in case.lines if len(line) > 104] == []


# ---- the file of set-ups


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("event_create zx_event_create(0, &out);", "is not a set-up"),
        ("event_creat: zx_event_create(0, &out);", "event_creat"),
        ("event_create: zx_port_create(0, &out);", "does not call zx_event_create"),
        ("event_create: zx_event_create(0);", "zx_event_create has 1 argument"),
        ("event_create: zx_event_create(0, &out);\n" * 2, "has a line already"),
    ],
)
def test_a_line_that_is_no_set_up_is_named(line, problem, tmp_path):
    path = tmp_path / "baseline.txt"
    path.write_text(f"# a comment\n\n{line}")
    with pytest.raises(UserError) as raised:
        read_setups(path)
    assert problem in str(raised.value)
    assert f"{path}:{3 + line.count(chr(10)) // 2}" in str(raised.value)


def test_c_is_split_outside_of_brackets_and_literals():
    assert split('a(b, c), {d, e}, "f, \\", g", h', ",") == [
        "a(b, c)",
        "{d, e}",
        '"f, \\", g"',
        "h",
    ]


# ---- the files


def test_they_are_written_once_and_again_when_damaged(tmp_path):
    first = files.baseline_files(tmp_path)
    assert [path.name for path in first] == sorted(path.name for path in first)
    written = {path: path.stat().st_mtime_ns for path in first}
    files._files.cache_clear()
    assert {path: path.stat().st_mtime_ns for path in files.baseline_files(tmp_path)} == written
    first[0].write_text("damaged")
    files._files.cache_clear()
    assert files.baseline_files(tmp_path) == first
    assert "damaged" not in first[0].read_text()


def test_a_changed_set_up_is_another_file(tmp_path, monkeypatch):
    copy = tmp_path / "baseline.txt"
    shutil.copy(files.PATH, copy)
    before = files.baseline_files(tmp_path)
    for module in (files, baseline.setups):
        monkeypatch.setattr(module, "PATH", copy)
    monkeypatch.setattr(baseline.setups.read_setups, "__defaults__", (copy,))
    copy.write_text(copy.read_text().replace("zx_vmo_create(4096", "zx_vmo_create(8192"))
    after = files.baseline_files(tmp_path)
    texts = {path.name: path.read_text() for path in before}
    changed = [path.name for path in after if path.read_text() != texts[path.name]]
    assert changed == ["baseline_vmo_create.c"]


def test_a_program_of_them_is_one_of_ours():
    (source,) = [source for source in programs() if source.name == "baseline_vmo_create"]
    program = build(Arch.X64, source)
    case = next(case for case in program.cases if case.name == "out_null")
    assert case.claims == ("vmo_create/invalid_args_out",)
    assert case_source(program, case) == c("vmo_create", "out_null")


def test_reports_name_the_line_of_the_set_up():
    (source,) = [source for source in programs() if source.name == "baseline_vmo_create"]
    case = build(Arch.X64, source).cases[0]
    info = CaseInfo(source.name, case.name, case.claims, f"{case.file}:{case.line}")
    place, line = source_place(info)
    assert place == "guest_tests/baseline.txt"
    assert files.PATH.read_text().splitlines()[int(line) - 1].startswith("vmo_create:")


def test_none_beside_a_folder_of_the_users(tmp_path):
    (tmp_path / "mine.c").write_text('#include "zxtest.h"\nCASE(a, "b/c") {}\n')
    assert [source.name for source in programs(tmp_path)] == ["mine"]


def test_the_c_of_a_hand_written_case_has_the_macro_that_makes_it():
    program = build(Arch.X64, "object_set_cookie")
    name = "not_supported_channel_and_bad_scope"
    case = next(case for case in program.cases if case.name == name)
    shown = case_source(program, case)
    assert shown.startswith("#define NOT_SUPPORTED(type)")
    assert shown.endswith("\n\nNOT_SUPPORTED(channel)")


def test_the_c_of_a_hand_written_case_is_the_whole_case():
    program = build(Arch.X64, "object_set_cookie")
    case = next(case for case in program.cases if case.name == "both_invalid")
    path = next(path for path in program.files if path.name == case.file)
    assert case_source(program, case) in path.read_text()
    assert case_source(program, case).startswith("CASE(both_invalid,")
    assert case_source(program, case).endswith("\n}")


def test_every_question_of_a_routine_sentence_is_known():
    from zxhil.guest.baseline.variants import _MADE

    assert set(_MADE) == set(Asks)
