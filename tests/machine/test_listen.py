"""The loop over a machine's stream, and each way in which it ends."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import cast

import pytest
from zxhil.errors import UserError
from zxhil.machine.boot import Boot
from zxhil.machine.limits import Limit, Limits, Watch
from zxhil.machine.listen import End, EndKind, listen
from zxhil.machine.machine import Machine
from zxhil.machine.monitor import Event, EventKind

Install = Callable[[str], Boot]
PATIENT = Limits(3600, 3600, 3600)


def hear(boot: Boot, folder: Path, limits: Limits = PATIENT) -> tuple[bytes, list[Event], End]:
    items: list[bytes | Event | End] = []
    with Machine(boot, folder) as machine:
        items.extend(listen(machine, Watch(limits)))
    end = items[-1]
    assert isinstance(end, End)
    assert not any(isinstance(item, End) for item in items[:-1])
    data = b"".join(item for item in items if isinstance(item, bytes))
    return data, [item for item in items if isinstance(item, Event)], end


def test_switched_off(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu('connect("serial").sendall(b"all\\n"); sys.exit(31)')
    data, events, end = hear(boot, tmp_path)
    assert (data, events) == (b"all\n", [])
    assert end.kind is EndKind.POWERED_OFF and end.exit_code == 31


@pytest.mark.parametrize("code", [0, 1, 33])
def test_another_exit_code_is_not_the_guest_switching_off(
    code: int, fake_qemu: Install, tmp_path: Path
) -> None:
    boot = fake_qemu(f'connect("serial"); os.write(2, b"qemu: oh\\n"); os._exit({code})')
    _, _, end = hear(boot, tmp_path)
    assert end.kind is EndKind.QEMU and end.exit_code == code
    assert end.evidence == "qemu: oh"
    assert str(code) in end.error().problem and end.error().evidence == "qemu: oh"


def test_killed_by_a_signal(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu("os.kill(os.getpid(), signal.SIGSEGV)")
    _, _, end = hear(boot, tmp_path)
    assert end.kind is EndKind.QEMU and end.exit_code == -11 and "signal 11" in end.text


def test_panic_that_never_ends_is_ended(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        connect("serial").sendall(b"up\\r\\nZIRCON KERN")
        time.sleep(0.05)
        serial.sendall(b"EL PANIC\\r\\n\\r\\nUPTIME: 1ms\\r\\npanic (caller 1): no\\r\\n! ")
        time.sleep(3600)
        """
    )
    data, events, end = hear(boot, tmp_path)
    assert data.endswith(b"! ")
    assert end.kind is EndKind.KERNEL and end.event == events[0]
    assert events[0].kind is EventKind.PANIC and "UPTIME" in end.evidence
    assert "panic" in end.text


def test_a_panic_ended_by_silence(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        'connect("serial").sendall(b"ZIRCON KERNEL PANIC\\r\\nUPTI"); time.sleep(3600)'
    )
    _, _, end = hear(boot, tmp_path)
    assert end.kind is EndKind.KERNEL and end.evidence.endswith("UPTI")


def test_a_panic_after_which_qemu_ends(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu('connect("serial").sendall(b"ZIRCON KERNEL PANIC"); sys.exit(31)')
    _, _, end = hear(boot, tmp_path)
    assert end.kind is EndKind.KERNEL, "the panic is the news, not the exit code"


def test_a_crashed_process_does_not_end_the_stream(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        connect("serial").sendall(b"KERN: fatal page fault in user thread 'a'\\r\\nmore\\r\\n")
        sys.exit(31)
        """
    )
    _, events, end = hear(boot, tmp_path)
    assert [event.kind for event in events] == [EventKind.EXCEPTION]
    assert end.kind is EndKind.POWERED_OFF


def test_a_reboot(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu('connect("serial").sendall(b"\\nwelcome to Zircon\\n" * 2); time.sleep(3600)')
    _, _, end = hear(boot, tmp_path)
    assert end.event is not None and end.event.kind is EventKind.REBOOT


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (Limits(0.2, 3600, 3600), Limit.BOOT),
        (Limits(3600, 3600, 0.2), Limit.SILENCE),
    ],
)
def test_a_limit(limits: Limits, limit: Limit, fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu('connect("serial"); time.sleep(3600)')
    _, _, end = hear(boot, tmp_path, limits)
    assert end.kind is EndKind.LIMIT
    assert end.passed is not None and end.passed.limit is limit


def test_a_flood_does_not_hide_the_limit() -> None:
    now = [0.0]

    class Flood:
        starved = 0.0

        def read(self, deadline: float) -> bytes:
            now[0] += 0.1
            return b"x" * 100

    watch = Watch(Limits(2.05, 3600, 3600), lambda: now[0])
    items = list(islice(listen(cast(Machine, Flood()), watch), 1000))
    end = items[-1]
    assert isinstance(end, End) and end.passed is not None
    assert end.passed.limit is Limit.BOOT and len(items) < 30


@pytest.mark.parametrize("limits", [Limits(10, 3600, 3600), Limits(3600, 3600, 10)])
def test_boot_that_gets_no_processor_is_waited_for_before_its_first_byte(limits: Limits) -> None:
    """It needs 1 s of a processor, of which it gets a twentieth: no limit says that it hangs."""
    now = [0.0]

    class Starved:
        starved = 0.0

        def read(self, deadline: float) -> bytes | None:
            now[0] += 1
            self.starved += 0.95
            return None if now[0] < 20 else b"up"

    for item in listen(cast(Machine, Starved()), Watch(limits, lambda: now[0])):
        assert item == b"up", item
        break
    assert now[0] == 20


def test_a_guest_that_talks_is_not_silent() -> None:
    now = [0.0]

    class Talker:
        starved = 0.0

        def read(self, deadline: float) -> bytes | None:
            now[0] += 0.9
            return b"x" if now[0] < 20 else None

    items = list(listen(cast(Machine, Talker()), Watch(Limits(99, 99, 1), lambda: now[0])))
    assert items[:-1] == [b"x"] * 22
    assert isinstance(items[-1], End) and items[-1].passed is not None
    assert items[-1].passed.limit is Limit.SILENCE


def test_bytes_that_wait_come_before_a_limit(fake_qemu: Install, tmp_path: Path) -> None:
    """A harness that was stopped for a while does not call its guest hung."""
    boot = fake_qemu('connect("serial").sendall(b"done\\n"); sys.exit(31)')
    now = [0.0]
    with Machine(boot, tmp_path) as machine:
        machine._process.wait()
        watch = Watch(Limits(1, 1, 1), lambda: now[0])
        stream = listen(machine, watch)
        now[0] = 3600.0
        assert next(stream) == b"done\n"


def test_leaving_early(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu('connect("serial").sendall(b"1\\n"); time.sleep(3600)')
    with Machine(boot, tmp_path) as machine:
        for item in listen(machine, Watch(PATIENT)):
            assert item == b"1\n"
            break
    assert machine.exit_code == -9


def test_a_qemu_that_is_too_old(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        if "--version" in sys.argv:
            print("QEMU emulator version 2.11.1(Debian)")
            sys.exit(0)
        sys.exit("qemu: invalid option")
        """
    )
    with pytest.raises(UserError, match=r"QEMU 2\.11 is too old.*\n.*apt-get install"):
        hear(boot, tmp_path)


def test_a_recent_qemu_that_refuses(fake_qemu: Install, tmp_path: Path) -> None:
    boot = fake_qemu(
        """
        if "--version" in sys.argv:
            print("QEMU emulator version 7.2.22")
            sys.exit(0)
        sys.exit("qemu: cannot set up guest memory")
        """
    )
    _, _, end = hear(boot, tmp_path)
    assert end.kind is EndKind.QEMU and end.evidence == "qemu: cannot set up guest memory"
