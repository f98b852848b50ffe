"""The options of a run are in its journal, and `--resume` takes them all from there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from zxhil.cli import run as module
from zxhil.errors import UserError
from zxhil.shipped import shipped_names

TARGETS = """\
[target.nuc]
transport = "console"
image = "out"
shim = "shim.bin"
arch = "arm64"
memory = 300
smp = 3
age = "2018-06"
accel = "tcg"
words = ["a", "b"]
qemu_args = ["-d", "int"]
known = "known.toml"
docs = "pages"
[target.nuc.limits]
boot = 7
case = 1.5
silence = 2
[target.nuc.serial]
port = "/dev/ttyUSB7"
speed = 9600
flow = "rtscts"
power_cycle = "./relay.sh"
[target.nuc.ssh]
host = "h"
port = 8022
user = "me"
key = "id"
known_hosts = "hosts"
accept_any_host_key = true
folder = "/data"
run = "run {path}"
trace_from = "serial"
reconnect = 3
"""

ASKED: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "target": ("--target", "nuc"),
    "over the target": ("--target", "nuc", "--speed", "57600", "--memory", "99", "--word", "c"),
    "serial": ("--serial", "/dev/ttyS1", "--flow", "xonxoff", "--power-cycle", "./x", "--transport",
               "console", "--limit", "boot=3"),
    "ssh": ("--ssh", "u@[::1]:8022", "--ssh-key", "id", "--ssh-known-hosts", "h", "--ssh-run",
            "x {path}", "--ssh-accept-any-host-key", "--trace-from", "stdout", "--arch", "arm64"),
    "image": ("--image", "out", "--shim", "s", "--arch", "x64", "--accel", "tcg", "--memory", "77"),
    "choice": ("--tests", "a*,own.c", "--case", "x*", "--shard", "2/3", "--durations", "d.json",
               "--repeat", "4", "--jobs", "3", "--boots", "each",
               "--docs", "pages", "--word", "u", "--word", "v", "--qemu-arg", "-nosuch",
               "--smp", "2", "--age", "2018-02", "--repo", "zircon", "--symbols", "zircon.elf",
               "--cluster", "tcp://h:8786", "--trace", "serial"),
    "end": ("--keep-going", "--fail-fast", "--max-divergences", "3"),
    "reports": ("--known", "known.toml", "--json", "r.json", "--junit", "r.xml", "--ktap", "r.ktap",
                "--html", "r.html", "--markdown", "r.md", "--sarif", "r.sarif", "--kcidb", "k.json",
                "--github", "--show-command", "--history", "h.db", "--notify", "./tell"),
}  # fmt: skip

FILES = ("json_file", "junit_file", "ktap_file", "html_file", "markdown_file", "sarif_file",
         "kcidb_file", "github", "history_file", "notify")  # fmt: skip
Asked = tuple[Any, Any, dict[str, Any]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "zxhil.toml").write_text(TARGETS)
    (folder / "known.toml").write_text('[[divergence]]\npage = "socket_share"\nreason = "so"\n')
    monkeypatch.chdir(folder)
    return folder


def asked(monkeypatch: pytest.MonkeyPatch, *words: str) -> Asked:
    """What `zxhil run` with these words would do: its reports, its options, and what is kept."""
    got: list[Asked] = []

    def run(*values: Any) -> int:
        got.append(values)  # type: ignore[arg-type]
        return 0

    monkeypatch.setattr(module, "_run", run)
    with pytest.raises(SystemExit):
        module.command.main(list(words), standalone_mode=False)
    return got[0]


def stopped(folder: Path, kept: dict[str, Any]) -> str:
    """A log folder as a run with these options leaves it."""
    folder.mkdir()
    lines = [{"whole": {"whole": False}}, {"options": kept}, {"options": {"case": "no"}}]
    (folder / "run.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return str(folder)


def absolute(value: Any) -> Any:
    """The same paths, from any folder."""
    if isinstance(value, Path):
        return value.absolute()
    return value


@pytest.mark.parametrize("words", ASKED.values(), ids=ASKED)
def test_resumed_run_keeps_its_options(
    words: tuple[str, ...], here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports, options, kept = asked(monkeypatch, *words, "--log-dir", "logs")
    folder = stopped(tmp_path / "logs", kept)
    values = {name: absolute(getattr(options, name)) for name in options.__slots__}
    target = options.target
    ssh = replace(
        target.ssh, key=absolute(target.ssh.key), known_hosts=absolute(target.ssh.known_hosts)
    )
    values |= {"resume": Path(folder), "log_dir": None, "target": replace(target, ssh=ssh)}
    values["tests"] = values["tests"].replace("own.c", str(here / "own.c"))
    files = [absolute(getattr(reports, name)) for name in FILES]
    # From another folder, with no target file.
    monkeypatch.chdir(tmp_path)
    again, resumed, kept_again = asked(monkeypatch, "--resume", folder, "--yes")
    assert {name: getattr(resumed, name) for name in resumed.__slots__} == values
    assert json.dumps(kept_again, sort_keys=True) == json.dumps(kept, sort_keys=True)
    assert [getattr(again, name) for name in FILES] == files
    assert (again.known is None) == (reports.known is None)
    if again.known is not None:
        assert again.known.path == here / "known.toml"


def test_resumed_run_finds_the_known_file_that_came_with_zxhil(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (name, *_) = shipped_names()
    reports, _, kept = asked(monkeypatch, "--known", name, "--log-dir", "logs")
    folder = stopped(tmp_path / "logs", kept)
    again, _, _ = asked(monkeypatch, "--resume", folder, "--yes")
    assert again.known is not None
    assert again.known == reports.known


def test_every_option_is_either_tried_here_or_not_kept(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = {word for words in ASKED.values() for word in words if word.startswith("--")}
    each_time = {"--log-dir", "--resume", "--yes", "--quiet", "--verbose", "--color"}
    each_time |= {"--watch", "--only", "--gdb", "--record", "--replay"}
    each_time |= {"--kernel-coverage", "--kernel-files"}
    needs_a_client = {"--labgrid"}
    options = {parameter.opts[-1] for parameter in module.command.params}
    assert options == reported | each_time | needs_a_client


def test_option_given_on_resume_takes_precedence(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, kept = asked(monkeypatch, "--target", "nuc", "--jobs", "3", "--json", "a.json")
    folder = stopped(tmp_path / "logs", kept)
    reports, options, _ = asked(
        monkeypatch, "--resume", folder, "--yes", "--jobs", "1", "--serial", "/dev/ttyS0", "--json",
        "b.json", "--limit", "case=9",
    )  # fmt: skip
    assert (options.jobs, reports.json_file) == (1, Path("b.json"))
    assert (options.target.serial.port, options.target.serial.speed) == ("/dev/ttyS0", 9600)
    assert (options.target.limits.case, options.target.limits.boot) == (9, 7)
    assert options.memory == 300


def test_the_log_folder_is_that_of_the_run(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stopped(tmp_path / "logs", {})
    with pytest.raises(UserError, match="combined with --resume"):
        module.command.main(["--resume", folder, "--log-dir", "x"], standalone_mode=False)
    with pytest.raises(UserError, match="can't be read"):
        module.command.main(["--resume", str(tmp_path / "none")], standalone_mode=False)
