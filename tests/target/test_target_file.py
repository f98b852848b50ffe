"""The target file: what it may say, where it is found, and the line that each mistake names."""

from __future__ import annotations

from pathlib import Path

import pytest
from zxhil.errors import UserError
from zxhil.machine.limits import Limits
from zxhil.target.file import find, load
from zxhil.target.model import LimitKeys

WHOLE = """\
# what stands in the lab
[target.lab-nuc]
transport = "uart"
image = "out/build-x64"
shim = "shim.bin"
arch = "x64"
memory = 512
smp = 2
age = "2018-06"
accel = "tcg"
words = ["a=1", "b"]
known = "known.toml"
docs = "docs"

[target.lab-nuc.limits]
boot = 60
case = 2.5

[target.lab-nuc.serial]
port = "/dev/ttyUSB0"
speed = 921600
flow = "rtscts"
power_cycle = "relay 3 off; relay 3 on"

[target.vm.ssh]
host = "fe80::1%eth0"
port = 8022
user = "me"
key = "/keys/one"
known_hosts = "hosts"
accept_any_host_key = true
folder = "/data"
run = "run {path}"
trace_from = "dlog -f"
reconnect = 5
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "zxhil.toml"
    path.write_text(text)
    return path


def test_everything_that_may_be_said(tmp_path: Path) -> None:
    targets = load(write(tmp_path, WHOLE))
    nuc, vm = targets["lab-nuc"], targets["vm"]
    assert nuc.name == "lab-nuc"
    assert nuc.image == tmp_path / "out/build-x64", "relative to the file"
    assert nuc.words == ("a=1", "b")
    assert nuc.age == "2018-06"
    assert (nuc.memory, nuc.smp, nuc.accel, nuc.arch) == (512, 2, "tcg", "x64")
    assert nuc.serial.speed == 921600
    assert nuc.serial.power_cycle == "relay 3 off; relay 3 on"
    assert nuc.limits.over(Limits(1, 2, 3)) == Limits(60, 2.5, 3)
    assert vm.transport_kind == "ssh", "concluded from the host"
    assert vm.ssh.host == "fe80::1%eth0"
    assert vm.ssh.key == Path("/keys/one")
    assert vm.ssh.known_hosts == tmp_path / "hosts"
    assert vm.ssh.accept_any_host_key
    assert vm.limits == LimitKeys()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[target.a]\nimage = "x"\nimge = "y"\n', 3, "unknown key 'imge'"),
        ("[target.a]\nmemory = 'much'\n", 2, "memory is 'much'"),
        ("[target.a]\nmemory = 3\n", 2, "below the minimum"),
        ("[target.a]\nmemory = true\n", 2, "memory is True"),
        ("[target.a]\n\ntransport = 'pigeon'\n", 3, "transport is 'pigeon'"),
        ("[target.a]\narch = 'riscv64'\n", 2, "arch is 'riscv64'"),
        ("[target.a]\nwords = 'a'\n", 2, "words is 'a'"),
        ("[target.a]\nwords = [1]\n", 2, "words is [1]"),
        ("[target.a]\nimage = ''\n", 2, "image is ''"),
        ("[target.a]\n[target.a.serial]\nport = '/dev/x'\nflow = 'tide'\n", 4, "flow is 'tide'"),
        ("[target.a.limits]\ncase = 0\n", 2, "case is 0"),
        ("[target.a.limits]\ncase = '5'\n", 2, "case is '5'"),
        ("[target.a.ssh]\nhost = 'h'\naccept_any_host_key = 'yes'\n", 3, "accept_any_host_key is"),
        ("[target.a]\ntransport = 'ssh'\n", 2, "ssh.host is missing"),
        ("[target.a]\ntransport = 'uart'\n", 2, "serial.port is missing"),
        ("[target.a.ssh]\nhost = 'h'\ntrace_from = 'serial'\n", 3, "serial.port is missing"),
        ("[other]\nx = 1\n", 1, "unknown table 'other'"),
        ("[target.a]\nserial = 3\n", 2, "serial is not a table"),
        ("[target.a]\nname = 'b'\n", 2, "unknown key 'name'"),
        ("[target.a]\nway = 'ssh'\n", 2, "unknown key 'way'"),
        ("[target]\na = 3\n", 1, "target is not a table of tables"),
    ],
)
def test_error_names_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UserError) as caught:
        load(path)
    assert words in caught.value.problem
    assert caught.value.place == f"{path}:{line}"


def test_a_renamed_key_names_the_new_one(tmp_path: Path) -> None:
    path = write(tmp_path, "[target.a]\nway = 'ssh'\n")
    with pytest.raises(UserError) as caught:
        load(path)
    assert caught.value.remedy == "the key is now transport"


def test_invalid_toml_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is not TOML: .*line 2"):
        load(write(tmp_path, "[target.a]\nimage = out\n"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't be read"):
        load(tmp_path / "none.toml")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder and a user's configuration folder with nothing in them."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_current_folder_takes_precedence_over_the_users(here: Path) -> None:
    (here / "config/zxhil").mkdir(parents=True)
    write(here / "config/zxhil", "[target.a]\nimage = 'user'\n[target.b]\nimage = 'only'\n")
    write(here / "cwd", "[target.a]\nimage = 'here'\n")
    assert find("a").image == here / "cwd/here"
    assert find("b").image == here / "config/zxhil/only"


def test_a_file_may_be_named_with_the_target(here: Path) -> None:
    (here / "lab.toml").write_text("[target.a]\nimage = 'x'\n")
    assert find(f"{here}/lab.toml:a").name == "a"
    with pytest.raises(UserError, match="has no target 'z'"):
        find(f"{here}/lab.toml:z")


def test_an_unknown_target_names_those_that_there_are(here: Path) -> None:
    with pytest.raises(UserError, match="there is no target file"):
        find("a")
    write(here / "cwd", "[target.one]\n[target.two]\n")
    with pytest.raises(UserError, match="there are: one, two"):
        find("a")


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("[target.a.limits]\nboot = nan", ":2: boot is nan"),
        ("[target.a.limits]\ncase = inf", ":2: case is inf"),
        ("[target.a.ssh]\nhost = 'h'\nport = 65536", ":3: port is 65536, above the maximum"),
        ("[target.a.serial]\nport = 'socket://h'", ":2: port has no TCP port"),
        ("[target.a]\nsmp = 99999999999999999999", ":2: smp is 9+, above the maximum"),
        ('[target.a]\nimage = "x\\u0000y"', ":2: image contains a control character"),
        ('[target.a]\nage = "\\u001b]0;x\\u0007"', ":2: age contains a control character"),
        ('[target.a]\nwords = ["\\u202e"]', ":2: words contains a control character"),
        ('[target.a]\nimage = "~nobody.of.this.name/x"', ":2: image is '~nobody"),
        (f"[target.a]\nimage = '{'x' * 300}'", ":2: image is too long for a path"),
    ],
)
def test_a_value_that_nothing_can_be_is_refused(keys: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=problem):
        load(write(tmp_path, keys))


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff[target.a]\nmemory = 64\n")
    assert load(path)["a"].memory == 64
