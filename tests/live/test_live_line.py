from __future__ import annotations

import pytest
from live_guest import FakeGuest
from zxhil.abi.arch import Arch
from zxhil.live import line as line_module
from zxhil.live.line import GoneError, GuestLine
from zxhil.trace.encode import NONCE
from zxhil.trace.events import Event, ProgramStart
from zxhil.trace.frame import Damage, Foreign

CLOSE = "X 0 {:x}"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "_RESEND", 0.05)
    monkeypatch.setattr(line_module, "_LOOK", 0.05)


@pytest.fixture
def guest() -> FakeGuest:
    return FakeGuest()


@pytest.fixture
def line(guest: FakeGuest) -> GuestLine:
    made = GuestLine(guest, Arch.ARM64, FakeGuest.ended)
    guest.preamble()
    made.start(5)
    return made


def statuses(line: GuestLine, count: int) -> list[int | None]:
    found = []
    for number in range(count):
        made, returned = line.make(CLOSE.format(number), 5)
        assert made is not None
        assert made.call == (number,)
        found.append(returned and returned.status)
    return found


def test_calls_return_in_order(guest: FakeGuest, line: GuestLine) -> None:
    assert statuses(line, 3) == [-1, -2, -3]
    assert guest.requests == 3


@pytest.mark.parametrize("what", ["lose", "damage"])
@pytest.mark.parametrize("which", [{0}, {1}, {1, 2}, {0, 2, 3}])
def test_a_request_that_does_not_arrive_is_sent_again(
    guest: FakeGuest, line: GuestLine, what: str, which: set[int]
) -> None:
    setattr(guest, what, which)
    assert statuses(line, 4) == [-1, -2, -3, -4]
    assert guest.made == ["0 0", "0 1", "0 2", "0 3"]


@pytest.mark.parametrize("frames", [{0}, {1}, {0, 1}, {2}, {3}, {1, 2}, {0, 2, 3, 4}])
def test_damaged_records_are_requested_again(
    guest: FakeGuest, line: GuestLine, frames: set[int]
) -> None:
    guest.cut = {guest.written + number for number in frames}
    assert statuses(line, 3) == [-1, -2, -3]
    assert guest.made == ["0 0", "0 1", "0 2"], "each call is made once"


def test_a_late_answer_is_not_used_for_the_next_call(guest: FakeGuest, line: GuestLine) -> None:
    guest.slow = 0.12
    assert statuses(line, 3) == [-1, -2, -3]
    assert guest.made == ["0 0", "0 1", "0 2"]


def test_a_duplicated_answer_is_not_used_for_the_next_call(
    guest: FakeGuest, line: GuestLine
) -> None:
    guest.repeats = 2
    guest.cut = {guest.written + 1}
    assert statuses(line, 3) == [-1, -2, -3]


def test_requests_that_make_no_call_are_sent_again_too(guest: FakeGuest, line: GuestLine) -> None:
    guest.lose, guest.damage = {0}, {1}
    assert line.request("W 0 AAAA") == ""
    assert guest.requests == 3


def test_silent_guest_times_out(guest: FakeGuest, line: GuestLine) -> None:
    guest.lose = set(range(100))
    with pytest.raises(GoneError, match="did not answer"):
        line.request("")


def test_a_call_that_does_not_return_raises_gone(guest: FakeGuest, line: GuestLine) -> None:
    guest.hangs = True
    with pytest.raises(GoneError, match="did not return within 1 s"):
        line.make(CLOSE.format(1), 1)
    assert guest.made == ["0 1"]
    assert guest.requests < 8, "what waits in the guest's small buffer must stay little"


def test_a_call_that_the_vdso_lacks(guest: FakeGuest, line: GuestLine) -> None:
    guest.absent = True
    assert line.make(CLOSE.format(1), 1) == (None, None)


def test_the_end_of_the_stream(
    guest: FakeGuest, line: GuestLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest, "read", lambda deadline: b"")
    with pytest.raises(GoneError, match="QEMU died"):
        line.make(CLOSE.format(1), 1)


def test_the_kernels_panic_is_named(guest: FakeGuest, line: GuestLine) -> None:
    guest.hangs = True
    guest._out += b"\r\nZIRCON KERNEL PANIC\r\n\r\nwhy\r\n! "
    with pytest.raises(GoneError, match="panicked"):
        line.make(CLOSE.format(1), 5)


def test_guest_that_never_starts(guest: FakeGuest) -> None:
    with pytest.raises(GoneError, match="timed out waiting for the guest"):
        GuestLine(guest, Arch.X64, FakeGuest.ended).start(0.05)


@pytest.mark.parametrize("frames", [{0}, {1}, {2}, {3}, {0, 1, 2, 3}, {0, 4}, {1, 7}])
def test_damaged_greeting_is_requested_again(guest: FakeGuest, frames: set[int]) -> None:
    guest.cut = set(frames)
    guest.preamble()
    line = GuestLine(guest, Arch.X64, FakeGuest.ended)
    line.start(5)
    assert statuses(line, 2) == [-1, -2]


def test_greeting_that_is_never_complete(guest: FakeGuest) -> None:
    guest.cut = set(range(1, 10_000, 2))
    guest.preamble()
    with pytest.raises(GoneError, match="greeting arrived damaged"):
        GuestLine(guest, Arch.X64, FakeGuest.ended).start(10)


def test_running_guest_is_asked_to_identify_itself(guest: FakeGuest) -> None:
    guest.preamble()
    guest.obey(1, CLOSE.format(7))
    guest._out = guest._out[333:]
    seen: list[Event] = []
    line = GuestLine(guest, Arch.X64, FakeGuest.ended, seen.append)
    line.start(5, ask=True, silent=lambda: pytest.fail("it is there"))
    whole = [e for e in seen if not isinstance(e, Damage | Foreign)]
    assert isinstance(whole[0], ProgramStart)
    # The number of its last call means nothing any more.
    assert statuses(line, 1) == [-2]


def test_a_guest_that_listens_already_and_requests_that_are_lost(guest: FakeGuest) -> None:
    guest.lose = {0, 1}
    line = GuestLine(guest, Arch.X64, FakeGuest.ended)
    line.start(5, ask=True)
    assert statuses(line, 1) == [-1]


def test_board_switched_on_later(guest: FakeGuest) -> None:
    guest.lose = {0, 1, 2}
    line = GuestLine(guest, Arch.X64, FakeGuest.ended)
    line.start(5, ask=True, silent=guest.preamble)
    assert guest.requests == 3, "it is left in peace while it boots"
    assert statuses(line, 1) == [-1]


def test_booting_board_gets_no_input(guest: FakeGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than a loaded host may keep the guest from writing its next line.
    monkeypatch.setattr(line_module, "_LOOK", 0.4)
    monkeypatch.setattr(line_module, "_NOISY_LOOKS", 1000)
    line = GuestLine(guest, Arch.X64, FakeGuest.ended)
    guest.slow_log(100, guest.preamble)
    line.start(60, ask=True)
    assert guest.requests == 0
    assert statuses(line, 1) == [-1]


def test_system_with_endless_output_is_still_probed(guest: FakeGuest) -> None:
    line = GuestLine(guest, Arch.X64, FakeGuest.ended)
    guest.slow_log(10_000, lambda: None)
    line.start(5, ask=True)
    assert statuses(line, 1) == [-1]


def test_a_guest_that_stays_is_left_listening(guest: FakeGuest) -> None:
    line = GuestLine(guest, Arch.X64, FakeGuest.ended, stays=True)
    guest.preamble()
    line.start(5)
    guest.lose = {0}
    line.quit(1)
    assert guest.reported == ["E"]


def test_a_line_that_damages_every_answer(guest: FakeGuest, line: GuestLine) -> None:
    guest.cut = set(range(guest.written + 1, 1000, 2))
    with pytest.raises(GoneError, match="arrived damaged 8 times"):
        line.make(CLOSE.format(1), 5)


def test_a_guest_that_cannot_read(guest: FakeGuest) -> None:
    guest.say("V", f"2 x64 live 1 {NONCE:x}")
    guest.say("A", "- deaf zx_debug_read returned -2")
    with pytest.raises(GoneError, match="can't read its input"):
        GuestLine(guest, Arch.X64, FakeGuest.ended).start(1)
