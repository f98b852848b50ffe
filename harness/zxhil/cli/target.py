"""The options for a target and a transport, and ``zxhil target``, which shows targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zxhil.cli import completion
from zxhil.cli.base import PATH, Command, is_given
from zxhil.errors import UserError
from zxhil.target.model import PORTS

if TYPE_CHECKING:
    from zxhil.target.model import Target

_Function = TypeVar("_Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--target",
        metavar="NAME",
        help="Target in zxhil.toml (docs/targets.md).",
        shell_complete=completion.targets,
    ),
    click.option(
        "--transport",
        type=click.Choice(["bootfs", "console", "ssh", "uart"]),
        help="How programs reach the kernel; default: derived from the other options.",
    ),
    click.option(
        "--serial", metavar="PORT", help="Serial port: /dev/ttyUSB0, socket://…, or rfc2217://…"
    ),
    click.option(
        "--speed", type=click.IntRange(1), help="Speed of the port in bit/s; default 115200."
    ),
    click.option(
        "--flow",
        type=click.Choice(["none", "rtscts", "xonxoff", "dsrdtr"]),
        help="Flow control of the port; default: none.",
    ),
    click.option("--power-cycle", metavar="CMD", help="Command that power-cycles the board."),
    click.option("--ssh", metavar="[USER@]HOST[:PORT]", help="Host to run programs on over SSH."),
    click.option(
        "--ssh-key", type=PATH, help="Private key; default: Fuchsia's usual files, then the agent."
    ),
    click.option(
        "--ssh-known-hosts", type=PATH, help="Known hosts file; default: ~/.ssh/known_hosts."
    ),
    click.option(
        "--ssh-accept-any-host-key",
        is_flag=True,
        help="Accept any host key; for throw-away emulators only.",
    ),
    click.option(
        "--ssh-run", metavar="CMD", help="Remote command that starts a program; {path} is its file."
    ),
    click.option(
        "--trace-from",
        metavar="WHERE",
        help="Source of the trace: stdout (default), serial, or a remote command.",
    ),
    click.option(
        "--labgrid",
        metavar="PLACE",
        help="Place of a labgrid farm: its serial port and power, or its SSH service.",
    ),
    click.option(
        "--limit",
        "limits",
        multiple=True,
        metavar="WHAT=SECONDS",
        help="Limit for boot, case or silence; may be repeated.",
    ),
)

#: Options of other modules that a target may set.
_FROM_TARGET = (
    "image", "shim", "arch", "memory", "smp", "age", "repo", "accel", "words", "qemu_args",
    "known", "docs",
)  # fmt: skip


def target_options(function: _Function) -> _Function:
    """Add the options to a command; :func:`take` takes their values out of its arguments."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def take(context: click.Context, options: dict[str, Any], before: Target | None = None) -> Target:
    """Take the options' values, over those of ``--target``; the target fills in the rest.

    Without ``--target`` they override those of `before`, the target of a resumed run.
    A given option overrides the target's key. Raises UserError for a mistake in the file or in an
    option.
    """
    from zxhil.target.model import Target

    given = {
        name: options.pop(name)
        for name in (
            "target", "transport", "serial", "speed", "flow", "power_cycle", "ssh", "ssh_key",
            "ssh_known_hosts", "ssh_accept_any_host_key", "ssh_run", "trace_from", "limits",
            "labgrid",
        )
    }  # fmt: skip
    target = before or Target()
    if given["target"]:
        from zxhil.target.file import find

        target = find(given["target"])
    target = _over(target, given)
    _refuse_unused(target, given)
    if target.labgrid:
        from zxhil.target.labgrid import leased

        target = leased(target)
    for name in _FROM_TARGET:
        if name in options and not is_given(context, name) and getattr(target, name):
            options[name] = getattr(target, name)
    return target


#: Options that have no effect without another one.
_ONLY_WITH_SSH = ("ssh_key", "ssh_known_hosts", "ssh_accept_any_host_key", "ssh_run", "trace_from")
_ONLY_WITH_SERIAL = ("speed", "flow", "power_cycle")


def _refuse_unused(target: Target, given: dict[str, Any]) -> None:
    """Raise UserError for an option that would be ignored: the wrong machine would be judged."""
    if given["labgrid"] and (given["ssh"] or given["serial"]):
        option = "--ssh" if given["ssh"] else "--serial"
        raise UserError(option, "can't be combined with --labgrid", "remove one of the two")
    if target.labgrid:
        return
    if given["transport"] == "ssh" and not target.ssh.host:
        raise UserError("--transport ssh", "no host is given", "give --ssh HOST")
    for names, there, needed in (
        (_ONLY_WITH_SSH, target.ssh.host, "--ssh HOST"),
        (_ONLY_WITH_SERIAL, target.serial.port, "--serial PORT"),
    ):
        unused = [name for name in names if given[name]]
        if unused and not there:
            option = f"--{unused[0].replace('_', '-')}"
            raise UserError(option, f"has no effect without {needed}", f"give {needed}")


def _over(target: Target, given: dict[str, Any]) -> Target:
    from zxhil.machine.limits import limits_of

    if "://" in (given["serial"] or ""):
        from zxhil.push.port import FORMS, url_problem

        if problem := url_problem(given["serial"]):
            raise UserError(f"--serial {given['serial']}", problem, FORMS)
    serial = {"port": "serial", "speed": "speed", "flow": "flow", "power_cycle": "power_cycle"}
    ssh = {
        "key": "ssh_key",
        "known_hosts": "ssh_known_hosts",
        "accept_any_host_key": "ssh_accept_any_host_key",
        "run": "ssh_run",
        "trace_from": "trace_from",
    }
    host = _host(given["ssh"]) if given["ssh"] else {}
    limits = limits_of(given["limits"])
    return replace(
        target,
        transport=given["transport"] or target.transport,
        labgrid=given["labgrid"] or target.labgrid,
        serial=replace(target.serial, **{k: given[v] for k, v in serial.items() if given[v]}),
        ssh=replace(target.ssh, **host, **{k: given[v] for k, v in ssh.items() if given[v]}),
        limits=replace(target.limits, **limits),
    )


def _host(text: str) -> dict[str, Any]:
    """Parse [USER@]HOST[:PORT]; an IPv6 address with a port is in brackets."""
    user, _, rest = text.rpartition("@")
    host, colon, port = rest.rpartition(":")
    if rest.startswith("[") and rest.endswith("]"):
        host, port, colon = rest[1:-1], "", ""
    elif not colon or (":" in host and not host.startswith("[")):
        host, port, colon = rest, "", ""
    if not host or (colon and not (port.isdecimal() and 1 <= int(port) <= PORTS)):
        raise UserError(
            f"--ssh {text}", "is not [USER@]HOST[:PORT]", "use, for example, fuchsia@192.168.1.5:22"
        )
    parts: dict[str, Any] = {"host": host.strip("[]")}
    return parts | ({"user": user} if user else {}) | ({"port": int(port)} if colon else {})


@click.command("target", cls=Command)
@click.argument("name", required=False, shell_complete=completion.targets)
def command(name: str | None) -> None:
    """List the targets of zxhil.toml, or show one."""
    import dataclasses

    from zxhil.target.file import find, load, places

    if name is None:
        files = [place for place in places() if place.is_file()]
        for place in files:
            click.echo(f"{place}:")
            for target in load(place).values():
                click.echo(f"  {target.name}  {target.transport_kind}  {_where(target)}")
        if not files:
            click.echo(f"no target file: searched for {' and '.join(map(str, places()))}")
        return
    target = find(name)
    unused = {"ssh": not target.ssh.host, "serial": not target.serial.port}
    for key, value in dataclasses.asdict(target).items():
        values = value.items() if isinstance(value, dict) else [("", value)]
        for inner, each in values:
            if each and not unused.get(key):
                click.echo(f"{key}{'.' if inner else ''}{inner} = {each}")


def _where(target: Target) -> str:
    if target.transport_kind == "ssh":
        return f"{target.ssh.user}@{target.ssh.host}".lstrip("@")
    parts = [target.serial.port, str(target.image or "")]
    return ", ".join(part for part in parts if part) or "the stand-in"
