"""A pytest plugin: the cases of guest C files as test items, and fixtures for host-side tests.

pytest loads it wherever zxhil is installed, so this module imports nothing of the harness;
what needs it does so when a guest test is collected or a fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from zxhil.guestfile import is_guest
from zxhil.pytest_plugin.shared import BASELINE, KERNEL_PROPERTY, absolute

if TYPE_CHECKING:
    from zxhil.image.find import Image
    from zxhil.model.kernel import Kernel
    from zxhil.pytest_plugin.bench import Machines

_HOMES: pytest.StashKey[frozenset[Path]] = pytest.StashKey()
_BY_PROGRAM: pytest.StashKey[bool] = pytest.StashKey()
_LEFT_OUT: pytest.StashKey[int] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("zxhil", "Zircon guest tests")
    group.addoption(
        "--zx-image", metavar="PATH", help="Zircon image; default: the stand-in kernel."
    )
    group.addoption("--zx-arch", choices=["x64", "arm64"], help="The image's architecture.")
    group.addoption(
        "--zx-shim", metavar="PATH", help="Boot shim; default: found next to the image."
    )
    group.addoption("--zx-known", metavar="FILE", help="TOML file of known divergences.")
    group.addoption("--zx-log-dir", metavar="DIR", help="Keep the logs there.")
    group.addoption(
        "--zx-symbols",
        metavar="PATH",
        help="ELF file with the kernel's symbols, or its folder; default: zircon.elf beside the "
        "image.",
    )
    group.addoption("--zx-accel", choices=["auto", "tcg", "kvm"], default="auto")
    group.addoption("--zx-memory", type=int, metavar="MIB", help="Of a machine.")
    group.addoption(
        "--zx-smp",
        type=int,
        metavar="N",
        help="Number of processors; default: what the image names, else 1.",
    )
    group.addoption("--zx-age", metavar="YYYY-MM[-DD]", help="Date of the kernel.")
    group.addoption(
        "--zx-repo", metavar="PATH", help="Git repository that contains the kernel's commit."
    )
    group.addoption(
        "--zx-word",
        action="append",
        default=[],
        help="Word to append to the kernel command line; may be repeated.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the two markers that every guest case has."""
    config.addinivalue_line("markers", "zx_page(name): the page that a guest case is about")
    config.addinivalue_line("markers", "zx_clause(id): a clause that a guest case claims")


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, Any, Any]:
    """With ``-n`` and no ``--dist``, distribute guest tests by program, that is by boot."""
    option = config.option
    if getattr(option, "numprocesses", None) and option.dist == "no" and _homes(config):
        config.stash[_BY_PROGRAM] = True
    return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist that it gets whole programs."""
    node.workerinput["zx_by_program"] = node.config.stash.get(_BY_PROGRAM, False)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give pytest-xdist the scheduler that does so."""
    if not config.stash.get(_BY_PROGRAM, False):
        return None
    from zxhil.pytest_plugin.scheduler import ByProgram

    return ByProgram(config, log)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a guest C file that the command line names by itself or by its folder.

    Likewise the file that baseline cases are generated from.
    """
    if file_path.suffix != ".c" and file_path.name != BASELINE:
        return None
    homes = _homes(parent.config)
    if homes.isdisjoint((file_path, *file_path.parents[:2])):
        return None
    if file_path.name == BASELINE:
        from zxhil.pytest_plugin.items import BaselineFile, is_baseline

        return BaselineFile.from_parent(parent, path=file_path) if is_baseline(file_path) else None
    if not is_guest(file_path):
        return None
    from zxhil.pytest_plugin.items import GuestFile

    return GuestFile.from_parent(parent, path=file_path)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse guest tests in forked processes: each would boot its program again."""
    if getattr(config.option, "forked", False) and any(
        hasattr(i, "complete_report") for i in items
    ):
        raise pytest.UsageError(
            "zxhil: guest tests can't run with --forked of pytest-forked, since the cases of a "
            "program share a boot; remove --forked"
        )


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count the guest cases that ``-m`` leaves out for the clauses that they claim."""
    for item in items:
        named = item.config.option.markexpr
        if "/" in named and hasattr(item, "complete_report"):
            item.config.stash[_LEFT_OUT] = item.config.stash.get(_LEFT_OUT, 0) + 1


def _homes(config: pytest.Config) -> frozenset[Path]:
    """The arguments that are guest C files, or folders with such files; computed once."""
    if _HOMES not in config.stash:
        base = config.invocation_params.dir
        paths = {absolute(base / argument.partition("::")[0]) for argument in config.args}
        config.stash[_HOMES] = frozenset(path for path in paths if _is_home(path))
    return config.stash[_HOMES]


def _is_home(path: Path) -> bool:
    from zxhil.regular_file import why_impossible

    if why_impossible(path):
        return False
    if path.suffix == ".c":
        return is_guest(path)
    if path.name == BASELINE:
        return path.is_file()
    return path.is_dir() and any(map(is_guest, path.glob("*.c")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Complete the report of a guest case: evidence, the case's duration, the place of a skip."""
    report = yield
    if hasattr(item, "complete_report"):
        item.complete_report(report)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which kernels ran; the stand-in is never called Zircon."""
    reports = [r for found in terminalreporter.stats.values() for r in found]
    named = [
        p for r in reports for p in getattr(r, "user_properties", ()) if p[0] == KERNEL_PROPERTY
    ]
    for _, text in dict.fromkeys(map(tuple, named)):
        terminalreporter.write_line(f"zxhil: {text}")
    config = terminalreporter.config
    if left_out := config.stash.get(_LEFT_OUT, 0):
        cases = "1 other case" if left_out == 1 else f"{left_out} other cases"
        terminalreporter.write_line(
            f"zxhil: -m {config.option.markexpr} selects the cases that claim a clause; "
            f"{cases} may reach it as well and did not run"
        )


@pytest.fixture(scope="session")
def zx_image(pytestconfig: pytest.Config) -> Image:
    """The image that the options name (`zxhil.image.find.Image`), else the stand-in."""
    from zxhil.pytest_plugin.bench import the_bench

    return the_bench(pytestconfig).image


@pytest.fixture
def zx_machine(pytestconfig: pytest.Config) -> Iterator[Machines]:
    """Machines for the image: run guest tests, or boot your programs."""
    from zxhil.pytest_plugin.bench import Machines, the_bench

    machines = Machines(the_bench(pytestconfig))
    yield machines
    machines.close()


@pytest.fixture
def zx_model() -> Kernel:
    """A fresh model of the kernel, as its pages describe it."""
    from zxhil.model.kernel import Kernel

    return Kernel()
