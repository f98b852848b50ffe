from __future__ import annotations

from pathlib import Path

import pytest
from live_checks import DIALOGUE, Start, run_case_file, same_verdicts, talk

from harness.abi.arch import Arch
from harness.oracle.results import CaseEndKind

pytestmark = [pytest.mark.qemu, pytest.mark.real]


def test_a_dialogue_with_zircon_becomes_a_case_with_the_same_verdicts(
    start: Start, real: tuple[Arch, Path], tmp_path: Path
) -> None:
    arch, image = real
    kernel = start(arch, image)
    assert "standin" not in kernel.version
    variables = talk(kernel, DIALOGUE)
    assert variables["arrived"].data == b"hi"  # type: ignore[attr-defined]
    assert b"x" * 65536 in [r.data for r in kernel.calls]
    kernel.save(str(tmp_path / "said.c"), "said")
    (case,) = run_case_file(tmp_path / "said.c", arch, image, tmp_path)
    assert case.end in (CaseEndKind.PASSED, CaseEndKind.FAILED), case.detail
    same_verdicts(kernel, case)


def test_zircon_that_hangs_is_started_anew(start: Start, real: tuple[Arch, Path]) -> None:
    arch, image = real
    kernel = start(arch, image, seconds=1)
    (event,) = kernel.event_create()
    with pytest.raises(Exception, match="did not return within 1 s"):
        kernel.object_wait_one(event, 8, (1 << 63) - 1)
    kernel.reboot()
    assert kernel.event_create().status == 0


def test_a_wait_that_ends_late_is_answered(start: Start, real: tuple[Arch, Path]) -> None:
    arch, image = real
    kernel = start(arch, image)
    (event,) = kernel.event_create()
    # Longer than the wait after which the guest is asked again: a time since boot, in ns.
    result = kernel.object_wait_one(event, 8, 4_000_000_000)
    assert result.call.status.startswith("ZX_ERR_TIMED_OUT")
    assert [r.number for r in kernel.calls] == [0, 1]
    assert kernel.handle_close(event).status == 0
