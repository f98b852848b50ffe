"""Which code of the kernel the cases reached: a made-up kernel, the stand-in, and a real one."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from reach_builders import (
    LINKED,
    MOVED,
    NONCE,
    build_kernel,
    code_at,
    serial_log,
    symbol,
    write_data,
)
from run_builders import boot, case, kernel, run
from zxhil.abi.arch import Arch
from zxhil.errors import MachineError, UserError
from zxhil.reach.blocks import read_blocks
from zxhil.reach.html import as_html
from zxhil.reach.plugin import build_plugin
from zxhil.reach.reached import OUT, KernelReach, kernel_reach
from zxhil.reach.tables import as_json, as_lcov, as_text
from zxhil.run.record import RunReport
from zxhil.symbols.code import KernelFunction, Spans, read_code

_ZXHIL = [sys.executable, "-c", "from zxhil.cli import main; main()"]
FILES = ("*kernel/object/*",)
CPP = "kernel/object/widget_dispatcher.cpp"
USED = KernelFunction(CPP, 2, "Widget::Used")
UNUSED = KernelFunction(CPP, 7, "Widget::Unused")
OTHER = KernelFunction(CPP, 11, "other::Unused")
INLINED = KernelFunction("kernel/object/widget.h", 5, "Widget::Inlined")


@pytest.fixture(scope="module")
def zircon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_kernel(tmp_path_factory.mktemp("kernel"))


@pytest.fixture
def ran(tmp_path: Path, zircon: Path) -> RunReport:
    """Two cases: one enters Used, the other runs all of it. A third is skipped before it begins."""
    start, size = symbol(zircon, "_ZN6Widget4UsedEi")
    other, _ = symbol(zircon, "_Z9elsewherei")
    cases = [[(start + MOVED, 3)], [(start + MOVED, size), (other + MOVED, 4)]]
    samples = [(start + MOVED, code_at(zircon, start, 24))] * 3
    data = write_data(tmp_path / "a,b.blocks", cases, samples)
    serial_log(tmp_path / "x64-widget.serial", "widget", ["first", "second"])
    made = dataclasses.replace(
        boot(program="widget"),
        command=("qemu", "-plugin", f"file=x.so{OUT}{data}".replace("a,b", "a,,b")),
        nonce=f"{NONCE:x}",
    )
    claimed = [
        ("first", "widget_use/one"),
        ("second", "widget_use/two"),
        ("third", "widget_use/no"),
    ]
    report = run(*(case(f"widget/{name}", claims=(claim,)) for name, claim in claimed))
    return dataclasses.replace(report, boots=(made,), kernels=(kernel("x64"),))


@pytest.fixture
def reach(ran: RunReport, tmp_path: Path, zircon: Path) -> KernelReach:
    return kernel_reach("x64", ran, tmp_path, zircon, read_code(zircon, FILES))


def test_spans_that_overlap_are_all_found() -> None:
    spans = Spans([(10, 20, "a"), (12, 14, "b"), (14, 16, "b"), (30, 40, "c"), (50, 50, "none")])
    assert spans.over(0, 10) == set()
    assert spans.over(10, 11) == {"a"}
    assert spans.over(13, 15) == {"a", "b"}
    assert spans.over(16, 30) == {"a"}
    assert spans.over(20, 30) == set()
    assert spans.over(19, 31) == {"a", "c"}
    assert spans.over(39, 99) == {"c"}
    assert spans.over(40, 99) == set()
    assert spans.all == {"a", "b", "c"}


def test_functions_and_lines_of_the_chosen_files_are_read(zircon: Path) -> None:
    code = read_code(zircon, FILES)
    assert code.functions.all == {USED, UNUSED, OTHER, INLINED}
    assert {(line.file, line.line) for line in code.lines.all} >= {(CPP, 3), (CPP, 8), (CPP, 12)}
    everything = read_code(zircon, ("*",))
    assert KernelFunction("kernel/lib/other.cpp", 1, "elsewhere") in everything.functions.all
    with pytest.raises(UserError, match="has no DWARF for files that match"):
        read_code(zircon, ("*nothing*",))


def test_reached_functions_are_those_whose_blocks_ran(reach: KernelReach) -> None:
    assert reach.functions[USED] == {"widget/first", "widget/second"}
    assert reach.functions[INLINED] == {"widget/second"}
    assert reach.unreached == [UNUSED, OTHER]
    assert reach.by(reach.cases_of("widget_use/one")) == [USED]
    assert reach.by(reach.cases_of("widget_use")) == [INLINED, USED]
    assert "widget/third" not in reach.claims
    counts = {(line.file, line.line): count for line, count in reach.lines.items()}
    assert counts[CPP, 2] == 2
    assert counts[CPP, 4] == 1
    assert counts[CPP, 8] == 0


def test_tables_show_files_pages_and_what_no_case_reached(reach: KernelReach) -> None:
    text = as_text([reach])
    assert text.startswith("x64: 2 cases reached 2 of 4 functions, ")
    assert "         1/3 " in text
    assert "           2            2  widget_use\n" in text
    assert "           1            1    widget_use/one\n" in text
    rest = text.partition("functions that no case reached:\n")[2]
    assert rest.split() == [CPP, "7", "Widget::Unused", "11", "other::Unused"]
    (made,) = as_json([reach])["kernels"]
    one = made["pages"]["widget_use/one"]
    assert one["cases"] == ["widget/first"]
    assert [made["functions"][n]["name"] for n in one["functions"]] == ["Widget::Used"]


def test_lcov_counts_cases(reach: KernelReach) -> None:
    parts = as_lcov(reach, Path("/src")).split("end_of_record\n")
    part = next(part for part in parts if f"SF:/src/{CPP}\n" in part)
    lines = part.splitlines()
    assert {"FN:2,Widget::Used", "FNDA:2,Widget::Used", "FNDA:0,Widget::Unused"} <= {*lines}
    assert {"FNF:3", "FNH:1", "DA:2,2", "DA:4,1", "DA:8,0"} <= {*lines}
    assert sum(line.startswith("DA:") for line in lines) == int(part.partition("LF:")[2].split()[0])


def test_html_escapes_names(reach: KernelReach) -> None:
    odd = KernelFunction("kernel/object/x.cpp", 1, "f<int>")
    functions = {**reach.functions, odd: frozenset()}
    page = as_html([dataclasses.replace(reach, functions=functions)])
    assert "f&lt;int&gt;" in page
    assert "f<int>" not in page
    assert "Widget::Unused" in page


def test_symbols_of_another_kernel_are_refused(
    ran: RunReport, tmp_path: Path, zircon: Path
) -> None:
    data = tmp_path / "a,b.blocks"
    start, _ = symbol(zircon, "_ZN6Widget4UsedEi")
    code = code_at(zircon, start, 24)
    unknown = [(start, code), (start, bytes(24)), (start, b"\1" * 24)]
    # Two fit one offset, but most do not.
    scattered = [(start + shift, code) for shift in (0, 0, 0x1000, 0x2000, 0x3000)]
    for samples in (unknown, scattered):
        write_data(data, [[(start, 3)]], samples)
        with pytest.raises(UserError, match="is not the kernel that ran"):
            kernel_reach("x64", ran, tmp_path, zircon, read_code(zircon, FILES))


def test_log_with_other_cases_than_the_kernel_saw_is_refused(
    ran: RunReport, tmp_path: Path, zircon: Path
) -> None:
    serial_log(tmp_path / "x64-widget.serial", "widget", ["first"])
    with pytest.raises(MachineError, match="1 cases began in the log, 2 in the kernel"):
        kernel_reach("x64", ran, tmp_path, zircon, read_code(zircon, FILES))


@pytest.mark.parametrize("damage", ["missing", "empty", "magic", "lost", "count", "short"])
def test_damaged_data_is_an_error(tmp_path: Path, damage: str) -> None:
    path = write_data(tmp_path / "d", [[(LINKED, 4)]], [], lost=damage == "lost")
    data = bytearray(path.read_bytes())
    assert damage == "lost" or read_blocks(path).cases == [{(LINKED, 4)}]
    match damage:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "magic":
            path.write_bytes(b"x" + data[1:])
        case "count":
            path.write_bytes(data[:8] + b"\xff" * 4 + data[12:])
        case "short":
            path.write_bytes(data[:-4])
    with pytest.raises(MachineError):
        read_blocks(path)


def test_plugin_is_built_once() -> None:
    path = build_plugin()
    before = path.stat()
    assert build_plugin() == path
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    path.write_bytes(path.read_bytes()[:-1])
    assert build_plugin().stat().st_size == before.st_size


@pytest.mark.parametrize("arch", list(Arch), ids=str)
def test_plugin_sees_the_cases_of_the_standin(tmp_path: Path, arch: Arch) -> None:
    out = tmp_path / "blocks"
    words = ["--arch", arch.value, "--tests", "object_get_child", "--boots", "each", "--jobs", "1"]
    plugin = ["--qemu-arg", "-plugin", "--qemu-arg", f"file={build_plugin()}{OUT}{out}"]
    done = subprocess.run(
        [*_ZXHIL, "run", "-q", *words, *plugin, "--shard", "1/4", "--log-dir", "l"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    begun = (tmp_path / f"l/{arch}-object_get_child.serial").read_bytes().count(b"B")
    cases = read_blocks(out).cases
    assert 3 < len(cases) <= begun
    assert all(cases)
    assert all(address >> 63 and 0 < size < 4096 for ran in cases for address, size in ran)
    # What each case runs is not what all run.
    assert len(set().union(*cases)) > len(set.intersection(*cases)) > 0


def test_what_can_be_known_before_a_boot_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").touch()
    words = ["--arch", "x64", "--tests", "object_get_child", "--kernel-coverage"]
    for more, said in (
        (["c"], "no zircon.elf with the symbols of the x64 kernel"),
        (["c", "--boots", "once"], "can't be combined with --boots once"),
        (["file"], "file: can't be created: File exists"),
        (["site"], "site: has an index.html of something else"),
    ):
        done = subprocess.run(
            [*_ZXHIL, "run", "-q", *words, *more],
            cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert said in done.stderr


@pytest.mark.real
def test_real_kernel_s_dispatcher_is_reached_by_its_page(
    tmp_path: Path, real: tuple[Arch, Path]
) -> None:
    arch, image = real
    words = ["--image", str(image), "--tests", "channel_write", "--case", "peer_closed"]
    words += ["--kernel-files", "*object/channel_dispatcher.*", "--kernel-coverage", "c"]
    done = subprocess.run(
        [*_ZXHIL, "run", "-q", *words],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (made,) = json.loads((tmp_path / "c/coverage.json").read_text())["kernels"]
    assert made["arch"] == arch.value
    names = {
        made["functions"][n]["name"]
        for n in made["pages"]["channel_write/peer_closed"]["functions"]
    }
    assert {"ChannelDispatcher::Write", "ChannelDispatcher::Create"} <= names
    assert not {"ChannelDispatcher::Call", "ChannelDispatcher::Read"} & names
    assert (tmp_path / f"c/{arch}.info").read_text().startswith("TN:zxhil_")
