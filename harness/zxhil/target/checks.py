"""Check what a run needs; findings say how to fix it."""

from __future__ import annotations

import grp
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.abi.arch import Arch
from zxhil.errors import MachineError, UserError, host_fault
from zxhil.plain import plain
from zxhil.target.resources import CheckResult, CheckState, resources

if TYPE_CHECKING:
    from zxhil.target.model import Target

_SCRATCH = re.compile(r"zxhil-[0-9a-f]{12}")
_SECONDS = 10
_SHELL_SECONDS = 3.0


def host() -> Iterator[CheckResult]:
    """Check this host: programs, permissions, resources, leftovers of earlier runs."""
    yield from _tried("Python packages", lambda: [_packages()])
    for arch in Arch:
        yield from _tried(f"QEMU for {arch}", partial(_qemus, arch))
    yield from _tried("C toolchain", lambda: [_toolchain()])
    yield from _tried("KVM", lambda: [_kvm()])
    yield from _tried("resources", resources)
    yield from _tried("serial port", _serial_devices)
    yield from _tried("scratch folders", lambda: [_scratch()])
    yield from _tried("locks", _locks)


def _tried(what: str, check: Callable[[], Iterable[CheckResult]]) -> Iterator[CheckResult]:
    """Run a check; an error of the host is a finding as well."""
    try:
        yield from check()
    except (OSError, RuntimeError, MemoryError, MachineError, UserError) as error:
        fault = host_fault(error)
        seen = fault.problem if fault is not None else " ".join(str(error).split())
        yield CheckResult(what, CheckState.BAD, seen, "see the other findings")


def target(of: Target) -> Iterator[CheckResult]:
    """Check a target: its files, and whether it responds. Nothing is booted or power-cycled."""
    if of.image is not None or of.transport_kind in ("bootfs", "console"):
        yield _asked("image", lambda: _image(of))
    if of.known is not None:
        yield _asked("known divergences", lambda: _known(of))
    if of.serial.port:
        yield _asked("serial line", lambda: _port(of))
        if of.transport_kind == "console":
            yield _asked("shell", lambda: _shell(of))
    if of.transport_kind == "ssh":
        yield _asked("ssh", lambda: _ssh(of))


def _asked(what: str, ask: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(what, CheckState.GOOD, ask())
    except UserError as error:
        return CheckResult(what, CheckState.BAD, f"{error.place}: {error.problem}", error.remedy)
    except MachineError as error:
        return CheckResult(
            what,
            CheckState.BAD,
            error.problem,
            "check that it is powered on and reachable from this host",
        )


# The host.


def _packages() -> CheckResult:
    """The Python packages that this installation requires."""
    try:
        wanted = requires("zircon-hil") or []
    except PackageNotFoundError:
        return CheckResult(
            "Python packages",
            CheckState.NOTE,
            "zircon-hil is not installed here",
            "pip install -e .",
        )
    names = [re.split(r"[^\w.-]", each)[0] for each in wanted if "extra ==" not in each]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        remedy = f"{sys.executable} -m pip install {' '.join(missing)}"
        return CheckResult(
            "Python packages", CheckState.BAD, f"missing: {', '.join(missing)}", remedy
        )
    return CheckResult(
        "Python packages", CheckState.GOOD, f"{len(names)}, Python {sys.version.split()[0]}"
    )


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _qemus(arch: Arch) -> list[CheckResult]:
    return [_qemu(arch)]


def _qemu(arch: Arch) -> CheckResult:
    from zxhil.machine.group import ask
    from zxhil.machine.params import find_program, params_for, refuse_old

    what = f"QEMU for {arch}"
    try:
        path = find_program(params_for(arch))
        refuse_old(params_for(arch))
        answer = ask([path, "--version"], _SECONDS)
    except UserError as error:
        return CheckResult(what, CheckState.BAD, f"{error.place}: {error.problem}", error.remedy)
    except OSError as error:
        return CheckResult(what, CheckState.BAD, f"can't be started: {error}", "reinstall it")
    if answer is None:
        seen = f"{path} did not answer within {_SECONDS} s"
        return CheckResult(what, CheckState.BAD, seen, "reinstall it")
    out = plain(answer.out)
    found = re.search(r"version ([\d.]+)", out)
    if answer.code or found is None:
        text = (plain(answer.err) or out).strip()[:200]
        return CheckResult(what, CheckState.BAD, f"{path} does not run: {text}", "reinstall it")
    return CheckResult(what, CheckState.GOOD, f"{found[1]}, {path}")


def _toolchain() -> CheckResult:
    from zxhil.guest import tool
    from zxhil.guest.toolchain import find_toolchain
    from zxhil.machine.scratch import scratch_folder

    try:
        tools = find_toolchain()
    except UserError as error:
        return CheckResult("C toolchain", CheckState.BAD, error.problem, error.remedy)
    said = f"{tools.name}, {' '.join(tools.compiler)}"
    try:
        with scratch_folder() as folder:
            source = folder / "empty.c"
            source.write_text("int nothing;\n")
            for arch in Arch:
                command = (*tools.compile_command(arch), "-c", str(source), "-o", f"{source}.o")
                done = tool.run(command, folder)
                if done.code or done.limit:
                    seen = f"{said}: does not compile for {arch}: {done.limit or done.said[:200]}"
                    return CheckResult("C toolchain", CheckState.BAD, seen, "reinstall it")
    except (OSError, UserError, MachineError) as error:
        return CheckResult(
            "C toolchain", CheckState.BAD, f"{said}: {error}", "see the other findings"
        )
    return CheckResult("C toolchain", CheckState.GOOD, f"{said}: compiles for {' and '.join(Arch)}")


def _kvm(device: Path = Path("/dev/kvm")) -> CheckResult:
    from zxhil.machine.kvm import kvm_works

    arch = {"x86_64": Arch.X64, "aarch64": Arch.ARM64}.get(platform.machine())
    if arch is None or not device.exists():
        return CheckResult("KVM", CheckState.NOTE, "not available: machines are emulated")
    if not os.access(device, os.R_OK | os.W_OK):
        return CheckResult("KVM", CheckState.NOTE, "no permission for /dev/kvm", _join(device))
    try:
        works = kvm_works(arch)
    except UserError:
        works = False
    if works:
        return CheckResult("KVM", CheckState.GOOD, f"works for {arch}")
    return CheckResult(
        "KVM", CheckState.NOTE, "/dev/kvm exists but does not work: machines are emulated"
    )


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("zxhil")


def _serial_devices(folder: Path = Path("/dev")) -> Iterator[CheckResult]:
    """USB adapters only: the host's built-in ports are not boards."""
    for device in sorted([*folder.glob("ttyUSB*"), *folder.glob("ttyACM*")]):
        if os.access(device, os.R_OK | os.W_OK):
            yield CheckResult("serial port", CheckState.GOOD, str(device))
        else:
            yield CheckResult(
                "serial port", CheckState.NOTE, f"no permission for {device}", _join(device)
            )


def _join(device: Path) -> str:
    """How to get permission to use a device."""
    try:
        number = device.stat().st_gid
    except OSError:
        return "check its owner and group"
    try:
        group = grp.getgrgid(number).gr_name
    except KeyError:
        # In a container the host's group has a number only.
        return f"join group {number}; for a container: podman run --group-add {number}"
    user = os.environ.get("USER", "$USER")
    return f"sudo usermod -aG {group} {user}, then log in again"


# Leftovers of killed runs.


def _scratch() -> CheckResult:
    """Scratch folders without a process: their reaper is gone."""
    used = _command_lines()
    left = [
        path
        for place in _scratch_places()
        for path in place.glob("zxhil-*")
        if _SCRATCH.fullmatch(path.name) and _is_ours(path) and path.name not in used
    ]
    if not left:
        return CheckResult("scratch folders", CheckState.GOOD, "none left over")
    return CheckResult(
        "scratch folders",
        CheckState.NOTE,
        f"{len(left)} left over: {', '.join(map(str, left[:3]))}",
        "if no zxhil is running: rm -r " + " ".join(map(str, left[:3])),
    )


def _scratch_places() -> list[Path]:
    named = os.environ.get("TMPDIR")
    return sorted({*([Path(named)] if named else []), Path("/tmp"), Path("/var/tmp")})


def _is_ours(path: Path) -> bool:
    try:
        return path.is_dir() and path.stat().st_uid == os.getuid()
    except OSError:
        return False


def _command_lines() -> str:
    """Command lines and names of open files of all processes that may be inspected."""
    lines: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            lines.append((process / "cmdline").read_bytes().decode("utf-8", "replace"))
            lines += [str(each.readlink()) for each in (process / "fd").iterdir()]
            lines.append(str((process / "cwd").readlink()))
        except OSError:
            continue
    return "\n".join(lines)


def _locks() -> Iterator[CheckResult]:
    """A lock of bisect in the cache: held or free."""
    import fcntl

    held = []
    for lock in _cache().rglob("*.lock"):
        try:
            with lock.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.append(lock)
        except OSError:
            continue
    if not held:
        yield CheckResult("locks", CheckState.GOOD, "none held")
    for lock in held:
        holder = _holder(lock)
        yield CheckResult(
            "locks",
            CheckState.NOTE,
            f"{lock} is held by {holder}",
            "wait for it, or end that process",
        )


def _holder(lock: Path) -> str:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(each.readlink() == lock for each in (process / "fd").iterdir()):
                return f"process {process.name}"
        except OSError:
            continue
    return "a process of another user"


# A target.


def _image(of: Target) -> str:
    from zxhil.target.make import boot_notes, images

    found = [image for image in images(of).values() if image]
    seen = ", ".join(f"{image.name} ({image.arch})" for image in found)
    notes = [note for image in found for note in boot_notes(of, image)]
    return "; ".join([seen, *notes])


def _known(of: Target) -> str:
    from zxhil.known.load import load

    assert of.known is not None
    return f"{of.known}, {len(load(of.known).entries)} entries"


def _port(of: Target) -> str:
    from zxhil.push.port import Port, SerialLine

    line = SerialLine(Port(of.serial.port, of.serial.speed, of.serial.flow))
    line.close()
    return f"{of.serial.port} opens at {of.serial.speed}"


def _shell(of: Target) -> str:
    """Probe the shell as a run would; a system that is not up yet does not answer."""
    from zxhil.machine.monitor import Monitor
    from zxhil.push.port import Port, SerialLine
    from zxhil.push.shell import KernelFailedError, NoAnswerError, Shell

    line = SerialLine(Port(of.serial.port, of.serial.speed, of.serial.flow))
    try:
        Shell(line, Monitor()).greet(time.monotonic() + _SHELL_SECONDS)
    except (NoAnswerError, KernelFailedError) as error:
        raise MachineError(f"no shell responds on {of.serial.port}: {error}") from error
    finally:
        line.close()
    return f"responds on {of.serial.port}"


def _ssh(of: Target) -> str:
    from zxhil.push.ssh_connect import connect
    from zxhil.push.ssh_put import Remote
    from zxhil.target.make import login

    client = connect(login(of.ssh))
    try:
        status, _ = Remote(client).run(":")
    finally:
        client.close()
    if status:
        raise MachineError(f"{of.ssh.host}: its shell runs no command (status {status})")
    return f"{login(of.ssh).name} answers, and its shell runs commands"
