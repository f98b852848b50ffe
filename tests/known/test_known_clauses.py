"""The clauses that a file of known divergences gives to the oracle."""

from __future__ import annotations

from pathlib import Path

from zxhil.known.file import parse
from zxhil.known.match import FileClauses

FILE = parse(
    """
[[divergence]]
clause = "eventpair_create/usable_rights"
kernel = "git-50d"
reason = "so"

[[divergence]]
clause = ["timer_create/usable_rights", "port_create/*"]
case = "support/*"
arch = "x64"
reason = "so"

[[divergence]]
page = "channel_write"
reason = "names no clause"
""",
    Path("known.toml"),
)


def test_clauses_of_a_kernel_and_a_case():
    known = FileClauses(FILE)
    rights = {"eventpair_create/usable_rights"}
    assert known.of("arm64", "git-50d20f1", "support/x") == rights
    assert known.of("arm64", "git-1234567", "support/x") == frozenset()
    there = known.of("x64", "git-50d20f1", "support/x")
    assert {"timer_create/usable_rights", "port_create/created"} | rights <= there
    assert known.of("x64", "git-50d20f1", "channel_write/x") == rights
