"""Run git so that its output and effect depend on the repository alone.

Only output of commands that ignore the configuration is parsed (rev-parse, rev-list, diff-tree,
merge-base); settings that would change them, or what they do, are overridden here.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zxhil.errors import UserError
from zxhil.regular_file import read_past

#: Hooks and a file system monitor are the user's programs. A sparse checkout lacks files that a
#: build needs, and a new worktree inherits its patterns.
_CONFIGURATION = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.sparseCheckout=false",
    "core.quotePath=false",
    "core.abbrev=auto",
    "i18n.logOutputEncoding=UTF-8",
)

#: A hook, or a script of `git bisect run`, inherits variables that select another repository or
#: index; others change git's output. Only these are kept: they say how to reach objects and where
#: the user's configuration is (safe.directory, for example).
_KEPT = (
    "GIT_CONFIG",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_EXEC_PATH",
    "GIT_SSH",
    "GIT_SSL",
    "GIT_HTTP",
    "GIT_PROXY",
    "GIT_PROTOCOL",
    "GIT_ALLOW_PROTOCOL",
    "GIT_ASKPASS",
    "GIT_TERMINAL_PROMPT",
)


@dataclass(frozen=True, slots=True)
class GitEnded:
    """How git ended: its exit code, and what it printed. `cut` says that there was more."""

    code: int
    stdout: str
    stderr: str
    cut: bool = False


def run_git(
    folder: Path,
    *arguments: str,
    timeout: float | None = None,
    own_session: bool = False,
    limit: int | None = None,
) -> GitEnded:
    """Run git in `folder`; of its output at most `limit` bytes are read.

    With a limit stderr is discarded. In a separate session Ctrl-C does not reach it.
    Raises UserError if git cannot be started or did not finish within `timeout` seconds.
    """
    command = ["git", "-C", str(folder)]
    for setting in _CONFIGURATION:
        command += ["-c", setting]
    try:
        with subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if limit is None else subprocess.DEVNULL,
            env=environment(os.environ),
            start_new_session=own_session,
        ) as process:
            if limit is not None:
                return _head(process, limit)
            try:
                out, err = process.communicate(timeout=timeout)
            except BaseException:
                process.kill()
                raise
    except OSError as error:
        raise UserError("git", f"cannot be started: {error.strerror}", "install git") from None
    except subprocess.TimeoutExpired:
        raise UserError(
            f"git {' '.join(arguments[:3])} in {folder}",
            f"did not finish within {timeout:.0f} s",
            "run it by hand",
        ) from None
    return GitEnded(process.returncode, _text(out), _text(err))


def _head(process: subprocess.Popen[bytes], limit: int) -> GitEnded:
    assert process.stdout is not None
    try:
        out = read_past(process.stdout, limit)
    except BaseException:
        process.kill()
        raise
    if len(out) > limit:
        process.kill()
        return GitEnded(0, _text(out[:limit]), "", cut=True)
    return GitEnded(process.wait(), _text(out), "")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def environment(given: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """Return an environment without variables that change git's repository or output."""
    kept = {
        key: value
        for key, value in given.items()
        if not key.startswith("GIT_") or key.startswith(_KEPT)
    }
    return {**kept, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}


def describe(
    repo: Path, commit: str, form: str, options: Sequence[str] = (), timeout: float | None = None
) -> str:
    """Return a commit in `form`, a format of rev-list; "" if there is no such commit."""
    arguments = ("--max-count=1", f"--format=format:{form}", *options, commit, "--")
    ended = run_git(repo, "rev-list", *arguments, timeout=timeout)
    # The first line is "commit" and the id.
    return "" if ended.code else ended.stdout.partition("\n")[2].rstrip("\n")
