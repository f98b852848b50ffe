"""``zxhil shell``: a Python prompt on a running kernel, every call judged as it returns."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zxhil import named_file
from zxhil.abi.arch import Arch
from zxhil.cli import completion
from zxhil.cli.base import (
    BINARY_OUTPUT,
    LOG_FOLDER,
    OUTPUT,
    PATH,
    Command,
    color_option,
    report_style,
)
from zxhil.cli.sources import age_options, docs_option, documented_by, pages_overview
from zxhil.cli.target import take as take_target
from zxhil.cli.target import target_options
from zxhil.errors import EXIT_CONFORMS, EXIT_DIVERGES

if TYPE_CHECKING:
    from zxhil.known.file import KnownFile
    from zxhil.live.kernel import LiveKernel
    from zxhil.target.model import Target


@click.command("shell", cls=Command)
@click.option("--image", type=PATH, help="Zircon image (docs/images.md); default: the stand-in.")
@click.option("--shim", type=PATH, help="Boot shim; default: found next to the image.")
@click.option(
    "--arch", type=click.Choice([a.value for a in Arch]), help="Architecture; default: the image's."
)
@click.option("--exec", "script", metavar="FILE", help="Run FILE instead of a prompt; - is stdin.")
@click.option(
    "--save", type=OUTPUT, metavar="FILE.c", help="Save the session as C test cases to FILE."
)
@click.option("--name", default="dialogue", help="Name of the first saved case.")
@click.option(
    "--accel",
    type=click.Choice(["auto", "tcg", "kvm"]),
    default="auto",
    help="Accelerator; default: auto, KVM where it works.",
)
@click.option(
    "--memory",
    type=click.IntRange(64),
    help="Memory of the machine, in MiB; default 128, with user space 512.",
)
@age_options
@click.option(
    "--smp",
    type=click.IntRange(1),
    help="Number of processors; default: what the image names, else 1.",
)
@click.option(
    "--word",
    "words",
    multiple=True,
    help="Word to append to the kernel command line; may be repeated.",
)
@click.option(
    "--write-zbi",
    type=BINARY_OUTPUT,
    metavar="FILE",
    help="Write the boot image for a board and exit.",
)
@click.option("--log-dir", type=LOG_FOLDER, help="Folder for the serial log.")
@click.option(
    "--known",
    type=PATH,
    help="File of known divergences, or the name of a shipped one.",
    shell_complete=completion.known_files,
)
@color_option
@docs_option
@target_options
@click.pass_context
def command(
    context: click.Context,
    /,
    script: str | None,
    save: Path | None,
    name: str,
    write_zbi: Path | None,
    log_dir: Path | None,
    color: str,
    known: Path | None,
    **options: Any,
) -> None:
    """Make system calls on a running kernel from a Python prompt; each is judged immediately.

    See docs/shell.md. Exit code 1 if a call diverged and the divergence is not known.
    """
    from zxhil.live.kernel import LiveKernel
    from zxhil.live.show import result_text
    from zxhil.live.transports import transport_to
    from zxhil.machine.scratch import scratch_folder

    _refuse_existing(save)
    listed = None if known is None else _load_known(known)
    named = take_target(context, options)
    pages = documented_by(options.pop("docs"))
    target = replace(named, **{key: value or getattr(named, key) for key, value in options.items()})
    style = report_style(color)
    with scratch_folder() as scratch:
        if write_zbi is not None:
            _write_zbi(write_zbi, target, scratch)
            return
        transport = transport_to(target, log_dir or scratch, scratch, _say)
        quotes = pages.quotes if pages else None
        kernel = LiveKernel(
            transport.connect,
            transport.seconds,
            lambda result: click.echo(result_text(result, style, kernel.known(result), quotes)),
            pages.lists if pages else None,
            _say,
            listed,
        )
        if pages is not None:
            for line in pages_overview(pages.record):
                _say(line)
        try:
            _converse(kernel, script, save, name)
        finally:
            kernel.close()
    results = [result for dialogue in kernel.dialogues for result in dialogue.results]
    diverged = any(result.divergence and not kernel.known(result) for result in results)
    sys.exit(EXIT_DIVERGES if diverged else EXIT_CONFORMS)


def _load_known(path: Path) -> KnownFile:
    from zxhil.known.load import load

    return load(path)


def _write_zbi(path: Path, target: Target, scratch: Path) -> None:
    from zxhil.live.transports import boot_image

    zbi, kernel = boot_image(target, scratch)
    named_file.write(path, zbi, "--write-zbi")
    click.echo(f"{path}: boot it with {kernel}", err=named_file.goes_to_stdout(path))


def _say(text: str) -> None:
    click.echo(f"zxhil: {text}", err=True)


def _converse(kernel: LiveKernel, script: str | None, save: Path | None, name: str) -> None:
    from zxhil.live.prompt import interact, namespace, run_script

    variables = namespace(kernel)
    kernel.name_handles_by(variables)
    piped = script is None and not sys.stdin.isatty()
    try:
        if script is None and not piped:
            interact(kernel, variables, _history(), _banner(kernel))
        else:
            run_script(*_script(script), variables)
    finally:
        _keep(kernel, save, name, variables)


def _refuse_existing(save: Path | None) -> None:
    """Keep cases that may have been edited. Raises UserError."""
    from zxhil.errors import UserError

    if save is not None and save.is_file() and save.stat().st_size:
        raise UserError(f"--save {save}", "exists", "give another file, or remove it")


def _keep(kernel: LiveKernel, save: Path | None, name: str, variables: Mapping[str, Any]) -> None:
    """Write the cases, however the session ended; a session without calls has none."""
    said = any(each.results or each.unreturned for each in kernel.dialogues)
    if save is not None and said:
        kernel.save(str(save), name)


def _script(script: str | None) -> tuple[str, str]:
    from zxhil.errors import UserError

    if script in (None, "-"):
        return sys.stdin.read(), "<stdin>"
    assert script is not None
    try:
        return Path(script).read_text(encoding="utf-8"), script
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"--exec {script}", reason, "give a Python file") from None


def _history() -> Path:
    from platformdirs import user_state_path

    return user_state_path("zxhil") / "shell-history"


def _banner(kernel: LiveKernel) -> str:
    return (
        f"{kernel.version} on {kernel.arch}. k is the kernel: a, b = k.channel_create()\n"
        "Tab completes, help(k.channel_write) shows a page, k.save('case.c') saves the session,\n"
        "k.reboot() restarts the kernel, Ctrl-D exits."
    )
