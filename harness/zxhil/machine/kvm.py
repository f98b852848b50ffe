"""Whether KVM works on this host: probed by a launch."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.machine.group import ask
from zxhil.machine.params import QemuParams, find_program, params_for
from zxhil.regular_file import read_own

_HOST_NAMES = {Arch.X64: ("x86_64", "AMD64"), Arch.ARM64: ("aarch64", "arm64")}
_DEVICE = Path("/dev/kvm")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PROBE_SECONDS = 10


def kvm_works(arch: Arch) -> bool:
    """Say whether QEMU really starts a machine of `arch` with KVM on this host.

    /dev/kvm may exist and not work, so a launch is tried. The answer is kept in the
    user's cache folder until the host boots again or QEMU changes.
    Raises UserError if QEMU is missing.
    """
    params = params_for(arch)
    program = find_program(params)
    if platform.machine() not in _HOST_NAMES[arch] or not os.access(_DEVICE, os.R_OK | os.W_OK):
        return False
    key = _key(program)
    answer = _answer_file(arch)
    try:
        kept_key, kept = read_own(answer).decode().split("\n")
    except (OSError, ValueError):
        kept_key, kept = "", ""
    if key and kept_key == key and kept in ("works", "fails"):
        return kept == "works"
    works = _launches(program, params)
    _keep(answer, f"{key}\n{'works' if works else 'fails'}")
    return works


def _launches(program: str, params: QemuParams) -> bool:
    argv = [program, "-nodefaults", "-no-user-config", "-display", "none", "-S"]
    argv += ["-machine", params.kvm_machine, "-cpu", params.kvm_cpu, "-accel", "kvm"]
    argv += ["-m", "64", "-monitor", "stdio"]
    try:
        answer = ask(argv, _PROBE_SECONDS, b"quit\n")
    except OSError:
        return False
    return answer is not None and answer.code == 0


def _key(program: str) -> str:
    """Identify this boot of the host and this QEMU; empty if the host does not provide it."""
    try:
        boot = _BOOT_ID.read_text().strip()
        return f"{boot} {program} {Path(program).stat().st_mtime_ns}"
    except OSError:
        return ""


def _answer_file(arch: Arch) -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("zxhil") / f"kvm-{arch}"


def _keep(answer: Path, text: str) -> None:
    """Write atomically; a host without a writable cache probes each time."""
    draft = answer.with_name(f"{answer.name}.{os.getpid()}")
    try:
        answer.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text)
        draft.replace(answer)
    except OSError:
        return
