"""An interrupt before the first case: no report yet, the exit code as of any other."""

from __future__ import annotations

import sys

import pytest
from zxhil.cli import main
from zxhil.cli import run as module
from zxhil.run.late import Terminated


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_the_exit_code_names_which_signal_it_was(
    raised: type[BaseException],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(*_: object) -> int:
        raise raised

    monkeypatch.setattr(module, "_run", run)
    monkeypatch.setattr(sys, "argv", ["zxhil", "run"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert capsys.readouterr().err.strip() == "zxhil: interrupted"
