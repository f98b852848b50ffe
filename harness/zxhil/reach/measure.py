"""Measure a run: QEMU's options before it, and the files after it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zxhil.errors import MachineError
from zxhil.reach.html import as_html
from zxhil.reach.reached import OUT, kernel_reach
from zxhil.reach.tables import as_json, as_lcov, as_text, summary
from zxhil.run.record import RunReport

#: Source files whose functions are shown unless the user names others.
FILES = ("*kernel/object/*", "*kernel/syscalls/*")


@dataclass(frozen=True, slots=True)
class Measurement:
    """A run whose kernels run with the plugin; its data goes to the folder `data`.

    `symbols` has each kernel's ELF file by architecture, `files` are globs of source files.
    """

    plugin: Path
    data: Path
    symbols: Mapping[str, Path]
    files: Sequence[str] = FILES
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
            kernel_reach(arch, report, logs, symbols, self.files)
            for arch, symbols in sorted(self.symbols.items())
        ]
        contents = {
            "coverage.txt": as_text(reaches),
            "coverage.json": json.dumps(as_json(reaches), indent=1) + "\n",
            "index.html": as_html(reaches),
            **{f"{reach.arch}.info": as_lcov(reach, self.sources) for reach in reaches},
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in contents.items():
                (folder / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise MachineError(f"{folder}: can't be written: {error.strerror}") from error
        return [summary(reach) for reach in reaches]
