"""What the tests of keys and ssh_config share."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from zxhil.errors import MachineError, UserError
from zxhil.push.ssh_connect import Login, connect


def failure(login: Login) -> MachineError | UserError:
    with pytest.raises((MachineError, UserError)) as caught:
        connect(login).close()
    assert isinstance(caught.value, MachineError | UserError)
    return caught.value


def public(key: Path) -> str:
    """Type and key, without the comment."""
    return " ".join(Path(f"{key}.pub").read_text().split()[:2])


def add(key: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key)], check=True, stdin=subprocess.DEVNULL)


def lock(key: Path) -> None:
    command = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "word", "-f", str(key)]
    subprocess.run(command, check=True, capture_output=True)
