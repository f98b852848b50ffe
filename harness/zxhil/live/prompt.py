"""The prompt: Python with a running kernel, completion, and errors without tracebacks."""

from __future__ import annotations

import code
import contextlib
import re
import rlcompleter
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from zxhil.abi.calls import BY_NAME
from zxhil.abi.calls.given import names
from zxhil.errors import UserError, ZxhilError
from zxhil.live.kernel import LiveKernel
from zxhil.live.result import Result
from zxhil.live.spelling import constants
from zxhil.live.values import POINTERS, duplicate, move

_IN_CALL = re.compile(r"\bk\.(\w+)\([^()]*$")
_HISTORY_LENGTH = 1000


def namespace(kernel: LiveKernel) -> dict[str, Any]:
    """The prompt's names: `k`, pointers to special memory, dispositions, and every ZX_ constant."""
    return {
        "__name__": "__console__",
        "k": kernel,
        **POINTERS,
        "move": move,
        "duplicate": duplicate,
        **constants(),
    }


def run_script(text: str, name: str, variables: dict[str, Any]) -> None:
    """Run a script to its end.

    Raises UserError, with the script's line, for a wrong call and for any error of the script's
    own; if the kernel no longer answers, the call's exception is raised.
    """
    try:
        exec(compile(text, name, "exec"), variables)
    except UserError as error:
        place = f"{name}:{_line(error, name)}: {error.place}"
        raise UserError(place, error.problem, error.remedy) from None
    except (ZxhilError, SystemExit, BrokenPipeError):
        raise
    except Exception as error:
        said = "".join(traceback.format_exception_only(error)).strip()
        raise UserError(f"{name}:{_line(error, name)}", said, "fix the script") from None


def _line(error: BaseException, name: str) -> int:
    if isinstance(error, SyntaxError):
        return error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno or 0 for f in reversed(frames) if f.filename == name), 0)


class Completer:
    """Completes names, calls, and the parameters of the call that is being typed."""

    def __init__(self, variables: dict[str, Any], line: Callable[[], str]) -> None:
        self._names = rlcompleter.Completer(variables)
        self._line = line

    def complete(self, text: str, state: int) -> str | None:
        """Return the completion of `text` that is number `state`, None after the last."""
        found = self.matches(text)
        return found[state] if state < len(found) else None

    def matches(self, text: str) -> list[str]:
        """All completions of `text`, in the order that they are shown in."""
        called = _IN_CALL.search(self._line())
        parameters: list[str] = []
        if called is not None and called[1] in BY_NAME and "." not in text:
            parameters = [f"{n}=" for n in names(BY_NAME[called[1]]) if n.startswith(text)]
        if parameters or not text:
            return parameters
        found: list[str] = []
        while (match := self._names.complete(text, len(found))) is not None:
            found.append(match)
        return found


class Prompt(code.InteractiveConsole):
    """An interactive prompt. Errors are one message, not a traceback."""

    def __init__(self, kernel: LiveKernel, variables: dict[str, Any]) -> None:
        super().__init__(variables, "<zxhil>")
        self._kernel = kernel

    def runcode(self, code: CodeType) -> None:
        """Run the input. A call's result was printed when it returned, and is not printed again."""
        before, show = len(self._kernel.calls), sys.displayhook

        def display(value: object) -> None:
            if not (isinstance(value, Result) and value in self._kernel.calls[before:]):
                show(value)

        sys.displayhook = display
        try:
            super().runcode(code)
        finally:
            sys.displayhook = show

    def showtraceback(self) -> None:
        """Print the error, with its place only in functions that were typed in."""
        error = sys.exc_info()[1]
        if isinstance(error, ZxhilError):
            self.write(f"zxhil: {error}\n")
        else:
            super().showtraceback()


def interact(kernel: LiveKernel, variables: dict[str, Any], history: Path, banner: str) -> None:
    """Run until the end of input."""
    console = Prompt(kernel, variables)
    with _line_editing(variables, history):
        console.interact(banner=banner, exitmsg="")


@contextlib.contextmanager
def _line_editing(variables: dict[str, Any], history: Path) -> Any:
    """Completion and history, if this Python has readline."""
    try:
        import readline
    except ImportError:
        yield
        return
    completer = Completer(variables, lambda: readline.get_line_buffer()[: readline.get_endidx()])
    readline.set_completer(completer.complete)
    readline.parse_and_bind("tab: complete")
    with contextlib.suppress(OSError):
        readline.read_history_file(history)
    readline.set_history_length(_HISTORY_LENGTH)
    try:
        yield
    finally:
        readline.set_completer(None)
        with contextlib.suppress(OSError):
            history.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(history)
