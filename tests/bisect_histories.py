"""Generated git histories for the tests: made by fast-import, so that 1,000 commits are quick."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


def git(repo: Path, *args: str, check: bool = True) -> str:
    done = subprocess.run(
        ["git", "-C", str(repo), *args], capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, (args, done.stdout, done.stderr)
    return done.stdout


@dataclass(frozen=True)
class History:
    """A repository whose commit i has parents ``parents[i]``; `ids` are the commits' hashes."""

    repo: Path
    parents: tuple[tuple[int, ...], ...]
    ids: tuple[str, ...]

    def descendants(self, start: int) -> set[int]:
        found = {start}
        for i, parents in enumerate(self.parents):
            if any(p in found for p in parents):
                found.add(i)
        return found


def make(
    folder: Path,
    parents: Sequence[Sequence[int]],
    files: Callable[[int], Mapping[str, str]],
) -> History:
    """Make a repository; commit i (message "change i") holds exactly the files of `files(i)`."""
    folder = folder.absolute()
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    stream = []
    for i, of in enumerate(parents):
        message = f"change {i}\n"
        stream.append(f"commit refs/heads/{'main' if i == len(parents) - 1 else f'b{i}'}\n")
        stream.append(f"mark :{i + 1}\n")
        stream.append(f"committer A Uthor <a@example.com> {1500000000 + i * 60} +0000\n")
        stream.append(f"data {len(message)}\n{message}")
        for at, parent in enumerate(of):
            stream.append(f"{'merge' if at else 'from'} :{parent + 1}\n")
        stream.append("deleteall\n")
        for name, content in files(i).items():
            stream.append(f"M 100644 inline {name}\ndata {len(content.encode())}\n{content}\n")
    marks = folder / ".git" / "marks"
    subprocess.run(
        ["git", "-C", str(folder), "fast-import", "--quiet", f"--export-marks={marks}"],
        input="".join(stream).encode(),
        check=True,
    )
    ids = dict(line.split() for line in marks.read_text().splitlines())
    git(folder, "checkout", "-q", "-f", "main")
    return History(
        folder,
        tuple(tuple(of) for of in parents),
        tuple(ids[f":{i + 1}"] for i in range(len(parents))),
    )


def linear(count: int) -> list[list[int]]:
    return [[i - 1] if i else [] for i in range(count)]


def merges(count: int, seed: int) -> list[list[int]]:
    """A history with branches and merges, one root and one tip."""
    rng = random.Random(seed)
    parents: list[list[int]] = [[]]
    tips = [0]
    for i in range(1, count - 1):
        at = rng.randrange(len(tips))
        if len(tips) < 4 and rng.random() < 0.25:
            parents.append([tips[at]])
            tips.append(i)
        elif len(tips) > 1 and rng.random() < 0.4:
            other = rng.choice([t for t in tips if t != tips[at]])
            parents.append([tips[at], other])
            tips = [t for t in tips if t not in (tips[at], other)] + [i]
        else:
            parents.append([tips[at]])
            tips[at] = i
    parents.append(tips if len(tips) > 1 else [tips[0]])
    return parents
