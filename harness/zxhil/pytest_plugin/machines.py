"""The fixture ``zx_machine``: run guest tests, or boot other programs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from zxhil.guest.build import build
from zxhil.guest.source import Program
from zxhil.image.pack import boot_words, pack
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine
from zxhil.pytest_plugin.bench import Bench
from zxhil.run.plan import Task, matches
from zxhil.run.record import RunReport


class Machines:
    """Boots the image of the pytest run. Machines end with the test that requested them."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._stack = ExitStack()

    def run(self, program: str | Path | Program, case: str = "*") -> RunReport:
        """Run the cases of a guest test that match a glob, and judge them.

        `program` is a page's name, a C file, or built already. Raises UserError for a program
        that does not build.
        """
        if not isinstance(program, Program):
            program = build(self._bench.arch, program)
        chosen = (c.index for c in program.cases if matches(case, c.name))
        return self._bench.run(
            Task(program, tuple(chosen)), self._bench.new_name(f"run-{program.name}")
        )

    def boot(self, files: Mapping[str, bytes], first: str, words: tuple[str, ...] = ()) -> Machine:
        """Start a machine with `files` in BOOTFS, by name, of which `first` is started.

        `words` go to the kernel's command line. Read its serial stream with
        `zxhil.machine.listen.listen`, or with its own `read`.
        """
        setup = self._bench.setup(self._bench.logs)
        name = self._bench.new_name("boot")
        zbi = self._bench.scratch / f"{name}.zbi"
        image = self._bench.image
        zbi.write_bytes(pack(image, files, (*boot_words(image, first), *words)))
        boot = Boot(
            image.arch,
            image.kernel,
            zbi,
            memory_mib=setup.memory_mib,
            smp=setup.smp,
            accel="kvm" if setup.accel == "kvm" else "tcg",
        )
        setup.logs.mkdir(parents=True, exist_ok=True)
        return self._stack.enter_context(Machine(boot, setup.logs, name))

    def close(self) -> None:
        """End every machine."""
        self._stack.close()
