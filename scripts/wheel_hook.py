"""Puts a man page for each command into the wheel, as share/man/man1 of the environment."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def _describe(command: Any) -> None:
    """Give a command and those below it their whole first sentence: click-man cuts it at 45."""
    from click.utils import make_default_short_help

    command.short_help = make_default_short_help(command.help or "", max_length=200)
    for each in getattr(command, "commands", {}).values():
        _describe(each)


class ManPages(BuildHookInterface[Any]):
    """Hatch calls this as it builds; an editable install gets no pages."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the pages to a scratch folder, and name them to hatch."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "harness"))
        import click
        from click_man.core import write_man_pages
        from zxhil import __version__
        from zxhil.cli import cli

        # click-man walks `commands`, which a group that imports lazily leaves empty.
        context = click.Context(cli, info_name="zxhil")
        for name in cli.list_commands(context):
            command = cli.get_command(context, name)
            assert command is not None
            cli.commands[name] = command
            _describe(command)
        self._scratch = tempfile.TemporaryDirectory(prefix="zxhil-man-")
        write_man_pages("zxhil", cli, version=__version__, target_dir=self._scratch.name)
        for page in sorted(Path(self._scratch.name).glob("*.1")):
            build_data["shared_data"][str(page)] = f"share/man/man1/{page.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the scratch folder."""
        if version != "editable":
            self._scratch.cleanup()
