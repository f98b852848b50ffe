"""Measure a run: QEMU's options before it, and the files after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from zxhil.errors import MachineError, UserError
from zxhil.reach.html import as_html
from zxhil.reach.reached import OUT, kernel_reach
from zxhil.reach.tables import as_json, as_lcov, as_text, summary
from zxhil.run.record import RunReport
from zxhil.symbols.code import KernelCode

#: Source files whose functions are shown unless the user names others.
FILES = ("*kernel/object/*", "*kernel/syscalls/*")
_TABLES, _PAGE = "coverage.json", "index.html"


class MeasuredKernel(NamedTuple):
    """A kernel's ELF file, and what was read of it."""

    symbols: Path
    code: KernelCode


def result_folder(folder: Path) -> Path:
    """Make the folder for the files before anything runs.

    Raises UserError if it can't be made, or has a page that is not ours.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise UserError(str(folder), f"can't be created: {why}", "give another folder") from error
    if (folder / _PAGE).exists() and not (folder / _TABLES).exists():
        raise UserError(str(folder), f"has an {_PAGE} of something else", "give another folder")
    return folder


@dataclass(frozen=True, slots=True)
class Measurement:
    """A run whose kernels run with the plugin; its data goes to the folder `data`.

    `kernels` are by architecture.
    """

    plugin: Path
    data: Path
    kernels: Mapping[str, MeasuredKernel]
    sources: Path | None = None

    def options(self, name: str) -> tuple[str, ...]:
        """QEMU's options for the boot of this name."""
        files = (self.plugin, self.data / f"{name}.blocks")
        plugin, out = (str(path).replace(",", ",,") for path in files)
        return ("-plugin", f"file={plugin}{OUT}{out}")

    def write(self, report: RunReport, logs: Path, folder: Path) -> list[str]:
        """Write the files into `folder`; return a line for a person per kernel.

        Raises MachineError if they can't be written, and what `kernel_reach` raises.
        """
        reaches = [
            kernel_reach(arch, report, logs, kernel.symbols, kernel.code)
            for arch, kernel in sorted(self.kernels.items())
        ]
        contents = {
            "coverage.txt": as_text(reaches),
            _TABLES: json.dumps(as_json(reaches), indent=1) + "\n",
            _PAGE: as_html(reaches),
            **{f"{reach.arch}.info": as_lcov(reach, self.sources) for reach in reaches},
        }
        try:
            for name, text in contents.items():
                (folder / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise MachineError(f"{folder}: can't be written: {error.strerror}") from error
        return [summary(reach) for reach in reaches]
