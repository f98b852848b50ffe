from __future__ import annotations

from pathlib import Path

import pytest
from live_checks import DIALOGUE, SEED, Start, run_case_file, same_verdicts, talk
from live_desk import Place, Sitting
from skips import NO_IMAGE
from zxhil.abi.arch import Arch
from zxhil.abi.status import Status
from zxhil.errors import UserError
from zxhil.image import zbi
from zxhil.image.find import load
from zxhil.live.kernel import LiveKernel
from zxhil.live.line import GoneError
from zxhil.live.show import result_text
from zxhil.live.transports import transport_to
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind
from zxhil.target.model import SerialKeys, Target

pytestmark = [pytest.mark.qemu, pytest.mark.real]


def test_a_dialogue_with_zircon_becomes_a_case_with_the_same_verdicts(
    start: Start, real: tuple[Arch, Path], tmp_path: Path
) -> None:
    arch, image = real
    kernel = start(arch, image)
    assert "standin" not in kernel.version
    try:
        variables = talk(kernel, DIALOGUE)
    except GoneError as gone:
        # Zircon of 2019-07, built with debug asserts, panics where it can't write a handle out.
        assert "in zx_handle_duplicate: the kernel panicked" in gone.problem
        assert "handle.cc:180" in gone.evidence
        kernel = start(arch, image)
        lines = DIALOGUE.splitlines(keepends=True)
        variables = talk(kernel, "".join(x for x in lines if "(k.vmar, out=" not in x))
    assert variables["arrived"].data == b"hi"  # type: ignore[attr-defined]
    assert b"x" * 65536 in [r.data for r in kernel.calls]
    kernel.save(str(tmp_path / "said.c"), "said")
    (case,) = run_case_file(tmp_path / "said.c", arch, image, tmp_path)
    assert case.end in (CaseEndKind.PASSED, CaseEndKind.FAILED), case.detail
    same_verdicts(kernel, case)


#: What a kernel answers that has the call in its vDSO and does not implement it (2019-07).
UNFINISHED = {("channel_write_etc", Status.ZX_ERR_NOT_SUPPORTED): VerdictKind.WRONG_ERROR}


@pytest.mark.parametrize("transport", ["bootfs", "console"])
@pytest.mark.parametrize("call", SEED)
def test_a_dialogue_over_each_seed_call(
    real: tuple[Arch, Path], tmp_path: Path, call: str, transport: str
) -> None:
    arch, image = real
    if transport == "console" and not has_userspace(arch, image):
        pytest.skip(f"{NO_IMAGE}: {image} is a kernel alone, with no shell")
    talked = transport_to(
        Target(transport=transport, image=image, arch=arch.value), tmp_path, tmp_path, print
    )
    shown: list[str] = []
    kernel = LiveKernel(
        talked.connect,
        talked.seconds,
        lambda result: shown.append(result_text(result, lambda text, style: text)),
    )
    try:
        if call not in dir(kernel):
            with pytest.raises(UserError, match="this kernel's vDSO has no such call"):
                getattr(kernel, call)(0)
            pytest.skip(f"{NO_IMAGE}: {kernel.version} has no zx_{call}")
        talk(kernel, SEED[call])
    finally:
        kernel.close()
    for result, text in zip(kernel.calls, shown, strict=True):
        seen = (result.spelt.syscall.name, result.status)
        assert result.verdict is UNFINISHED.get(seen, VerdictKind.CONFORMS), text
        assert text.splitlines()[1].endswith(
            "conforms" if result.divergence is None else f"diverges: {result.verdict.value}"
        )
    if transport == "bootfs":
        kernel.save(str(tmp_path / "said.c"), "said")
        (case,) = run_case_file(tmp_path / "said.c", arch, image, tmp_path)
        assert case.end in (CaseEndKind.PASSED, CaseEndKind.FAILED), case.detail
        same_verdicts(kernel, case)


@pytest.mark.parametrize("transport", ["uart", "console"])
def test_board_that_runs_zircon_accepts_repeated_sessions(
    desk: Place, real: tuple[Arch, Path], tmp_path: Path, transport: str
) -> None:
    arch, image = real
    if transport == "console" and not has_userspace(arch, image):
        pytest.skip(f"{NO_IMAGE}: {image} is a kernel alone, with no shell")
    board = desk(arch, image=image, transport=transport)
    board.switch_on()
    if transport == "console":
        board.await_text(b"$ ")
    keys = {"transport": transport, "arch": arch.value, "serial": SerialKeys(board.url)}
    for number in range(2):
        with Sitting(tmp_path / f"{number}", **keys) as kernel:
            assert "standin" not in kernel.version
            talk(kernel, SEED["channel_write"])
            assert {r.verdict for r in kernel.calls} == {VerdictKind.CONFORMS}
    assert board.boots == 1


def has_userspace(arch: Arch, path: Path) -> bool:
    image = load(path, arch, bootfs=True)
    items = zbi.read(image.zbi, image.name, check_crc=False)
    return any(item.type == zbi.ItemType.STORAGE_BOOTFS for item in items)


def test_zircon_that_hangs_is_restarted(start: Start, real: tuple[Arch, Path]) -> None:
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
