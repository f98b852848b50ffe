from __future__ import annotations

from pathlib import Path

import pytest
from live_checks import DIALOGUE, Start, run_case_file, same_verdicts, talk
from zxhil.abi.arch import Arch
from zxhil.abi.calls import BY_NAME
from zxhil.live.boot import BootTarget, connector
from zxhil.live.line import GoneError
from zxhil.model.judge import VerdictKind
from zxhil.model.pages import MODELLED
from zxhil.oracle.results import CaseEndKind
from zxhil.standin import build as build_standin
from zxhil.standin import calls as standin_calls
from zxhil.trace.events import Answer

pytestmark = pytest.mark.qemu


def test_a_dialogue_is_judged_and_becomes_a_case_with_the_same_verdicts(
    start: Start, arch: Arch, tmp_path: Path
) -> None:
    kernel = start(arch)
    variables = talk(kernel, DIALOGUE)
    assert {r.verdict for r in kernel.calls} == {VerdictKind.CONFORMS}
    arrived = variables["arrived"]
    assert arrived.data == b"hi"  # type: ignore[attr-defined]
    assert b"x" * 65536 in [r.data for r in kernel.calls]
    kernel.save(str(tmp_path / "said.c"), "said")
    text = (tmp_path / "said.c").read_text()
    for spelt in (
        "zx_channel_create(0, &a, &b);",
        'zx_channel_write(a, 0, "hi", 2, (zx_handle_t[]){e}, 1);',
        ".basic.koid, ZX_RIGHT_SAME_RIGHTS, &",
        "zx_object_get_info(handles_4[0], ZX_INFO_HANDLE_BASIC, &buffer_5, 256, &actual_5,",
        "zx_handle_duplicate(zx_root_vmar(), ZX_RIGHT_SAME_RIGHTS, zx_kernel(zx_handle_t));",
    ):
        assert spelt in text
    (case,) = run_case_file(tmp_path / "said.c", arch, build_standin(arch), tmp_path)
    assert case.end is CaseEndKind.PASSED, case.detail
    same_verdicts(kernel, case)


def test_every_call_that_returns_can_be_made(start: Start) -> None:
    kernel = start(Arch.X64)
    known = [BY_NAME[name] for name in MODELLED if name in standin_calls()]
    judged = [call for call in known if not call.never]
    for call in judged:
        needed = [p.name for p in call.parameters if p.kind.is_value]
        given = {name: 0xBAD for name in needed if name in ("handle", "scope", "process", "job")}
        result = getattr(kernel, call.name)(**given)
        assert result.spelt.syscall is call
    assert len(kernel.calls) == len(judged) >= 30


def test_handles_show_the_models_state(start: Start) -> None:
    kernel = start(Arch.X64)
    event = kernel.event_create()[0]
    assert repr(event) == f"<{int(event):#x} event>"
    koid = kernel.object_get_info(event).info.koid
    assert f"event koid {koid} (" in repr(event)
    assert event in kernel.handles
    kernel.handle_close(event)
    assert repr(event).endswith("closed>")
    assert event not in kernel.handles
    assert "job koid" in repr(kernel.job)
    kernel.reboot()
    assert repr(event) == f"<{int(event):#x} of an earlier boot>"
    assert repr(kernel.event_create()[0]).endswith(" event>")


def test_handles_of_the_guest_itself_can_be_closed(start: Start) -> None:
    kernel = start(Arch.X64)
    kernel.handle_close(kernel.resource)
    with pytest.raises(GoneError, match="can no longer read its input") as error:
        kernel.event_create()
    assert error.value.evidence.startswith("zx_debug_read returned -1")


def test_divergence_shows_the_allowed_statuses(start: Start) -> None:
    kernel = start(Arch.ARM64, None, "standin.fault=cw-options-ignored")
    a, _ = kernel.channel_create()
    result = kernel.channel_write(a, b"x", options=1)
    assert result.verdict is VerdictKind.MISSING_ERROR
    assert "ZX_ERR_INVALID_ARGS" in result.allowed
    assert "ZX_OK" not in result.allowed
    assert result.divergence is not None
    assert result.divergence.blamed[0].startswith("channel_write/")


def test_a_call_that_the_vdso_lacks(start: Start) -> None:
    kernel = start(Arch.X64, None, "standin.fault=no-channel-write-etc")
    assert "channel_write_etc" not in dir(kernel)
    with pytest.raises(Exception, match="vDSO has no such call"):
        kernel.channel_write_etc(1)
    assert kernel.event_create().status == 0, "the dialogue goes on"


def test_a_call_that_hangs_and_one_that_panics(start: Start, tmp_path: Path) -> None:
    kernel = start(Arch.X64, None, "standin.fault=panic", seconds=1)
    (event,) = kernel.event_create()
    with pytest.raises(GoneError, match=r"in zx_object_wait_one: .* did not return within 1 s"):
        kernel.object_wait_one(event, 8, (1 << 63) - 1)
    with pytest.raises(GoneError, match="the kernel is gone"):
        kernel.event_create()
    kernel.reboot()
    a, _ = kernel.channel_create()
    from zxhil.live.values import POINTERS

    with pytest.raises(GoneError, match="in zx_channel_write: the kernel panicked") as error:
        kernel.channel_write(a, POINTERS["unmapped"], num_bytes=0xFFFFFFFF)
    assert "ZIRCON KERNEL PANIC" in error.value.evidence
    kernel.reboot()
    assert kernel.event_create().status == 0
    kernel.save(str(tmp_path / "three.c"))
    text = (tmp_path / "three.c").read_text()
    assert text.count("CASE(") == 3
    assert text.count("did not return") == 2


def test_guest_reports_a_damaged_request(start: Start) -> None:
    kernel = start(Arch.X64)
    line = kernel._line
    assert line is not None
    stream, said = line._stream, []
    line._on_event = lambda event: said.append(event) if isinstance(event, Answer) else None
    stream.write(b"~0010garbage\n" + b"x" * 2000 + b"\n")
    stream.write(b"~00100512")
    assert kernel.event_create().status == 0
    stream.write(b"~00100512345deadbeef\n")
    assert kernel.event_create().status == 0
    assert len(kernel.calls) == 2
    assert [answer.what for answer in said if answer.what == "bad"] == ["bad"] * 3
    assert {answer.what for answer in said} <= {"bad", "made", "ok"}


def test_repeated_request_is_answered_again_without_a_second_call(start: Start) -> None:
    kernel = start(Arch.X64)
    line = kernel._line
    assert line is not None
    real, said = line._send, []
    line._on_event = said.append

    def twice(sequence: int, text: str) -> None:
        real(sequence, text)
        real(sequence, text)

    line._send = twice  # type: ignore[method-assign]
    first, second = kernel.channel_create()
    third, _ = kernel.channel_create()
    line.request("")
    assert len({first, second, third}) == 3
    assert [type(each).__name__ for each in said].count("CallMade") == 2
    assert [each.what for each in said if isinstance(each, Answer)].count("made") == 2


def test_a_log_of_a_dialogue_can_be_checked(start: Start, tmp_path: Path) -> None:
    from zxhil.oracle.oracle import Oracle
    from zxhil.trace.records import TraceReader

    kernel = start(Arch.X64)
    talk(kernel, DIALOGUE)
    kernel.close()
    (log,) = (tmp_path / "logs").glob("*.serial")
    oracle, reader = Oracle("live"), TraceReader()
    results = oracle.feed(reader.feed(log.read_bytes()) + reader.finish())
    assert oracle.finished
    assert [r.end for r in results] == [CaseEndKind.PASSED]
    assert len(results[0].calls) == len(kernel.calls)


def test_nothing_of_a_machine_stays(arch: Arch) -> None:
    from zxhil.image.find import load
    from zxhil.live.kernel import LiveKernel

    kernel = LiveKernel(connector(BootTarget(load(build_standin(arch), arch))), 15)
    kernel.event_create()
    stream = kernel._line._stream  # type: ignore[union-attr]
    kernel.close()
    kernel.close()
    assert stream.exit_code is not None  # type: ignore[attr-defined]
