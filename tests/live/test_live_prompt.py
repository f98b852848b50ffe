from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from zxhil.errors import MachineError, UserError
from zxhil.live.describe import signature
from zxhil.live.prompt import Completer, run_script
from zxhil.live.spelling import constants


class Named:
    def channel_write(self, handle: int) -> None: ...

    def channel_create(self) -> None: ...


@pytest.mark.parametrize(
    ("line", "text", "found"),
    [
        ("k.chan", "k.chan", {"k.channel_write(", "k.channel_create()"}),
        ("k.channel_write(a, by", "by", {"bytes="}),
        ("k.channel_write(", "", None),
        ("k.channel_write(a, num_", "num_", {"num_bytes=", "num_handles="}),
        ("x = k.channel_create(); k.channel_write(opt", "opt", {"options="}),
        ("k.channel_write(k.chan", "k.chan", {"k.channel_write(", "k.channel_create()"}),
        ("k.no_such_call(nu", "nu", set()),
        ("k.channel_write(a) + impo", "impo", {"import "}),
    ],
)
def test_completion(line: str, text: str, found: set[str] | None) -> None:
    matches = Completer({"k": Named()}, lambda: line).matches(text)
    if found is None:
        names = ["handle", "bytes", "handles", "options", "num_bytes", "num_handles"]
        assert matches == [f"{name}=" for name in names]
    else:
        assert set(matches) == found


def test_completions_come_one_by_one() -> None:
    completer = Completer({}, lambda: "k.channel_write(num_")
    found = [completer.complete("num_", state) for state in range(3)]
    assert found == ["num_bytes=", "num_handles=", None]


def test_every_constant_of_the_header_is_there() -> None:
    found = constants()
    assert found["ZX_ERR_BAD_HANDLE"] == -11
    assert found["ZX_RIGHT_SAME_RIGHTS"] == 1 << 31
    assert found["ZX_CHANNEL_MAX_MSG_BYTES"] == 65536
    assert found["ZX_INFO_HANDLE_BASIC"] == 2
    assert found["ZX_TIME_INFINITE"] == (1 << 63) - 1


def wrong_call() -> None:
    raise UserError("zx_x", "is wrong", "fix it")


def panic() -> None:
    raise MachineError("the kernel panicked")


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("x = 1\nwrong_call()", "s.py:2: zx_x", "is wrong"),
        ("def f():\n    wrong_call()\n\nf()", "s.py:2: zx_x", "is wrong"),
        ("x = 1\n\n1 / 0", "s.py:3", "division"),
        ("a b", "s.py:1", "SyntaxError"),
        ("a, b = ()", "s.py:1", "not enough values"),
    ],
)
def test_error_in_a_script_names_its_line(text: str, place: str, problem: str) -> None:
    variables: dict[str, Any] = {"wrong_call": wrong_call}
    with pytest.raises(UserError, match=problem) as error:
        run_script(text, "s.py", variables)
    assert error.value.place == place


def test_script_ends_with_the_kernel() -> None:
    with pytest.raises(MachineError, match="panicked"):
        run_script("panic()", "s.py", {"panic": panic})
    with pytest.raises(SystemExit):
        run_script("raise SystemExit(3)", str(Path("s.py")), {})


def test_help_names_derived_defaults() -> None:
    assert str(signature("channel_write")) == (
        "(handle, bytes=NULL, handles=NULL, options=0x0, *, "
        "num_bytes=len(bytes), num_handles=len(handles))"
    )
    assert str(signature("event_create")) == "(options=0x0, *, out=&)"


def test_closed_pipe_is_not_a_script_error() -> None:
    def gone() -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run_script("gone()", "s.py", {"gone": gone})
