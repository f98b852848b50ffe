"""Configuration, variables and unusual repositories do not change what git says to zxhil."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from bisect_drive import TARGET, bisect, repository
from bisect_histories import History, git, linear
from zxhil.bisect.gitrange import Repository
from zxhil.errors import UserError
from zxhil.run.age import AgeSources

CONFIGURATION = {
    "log.showSignature": "true",
    "log.decorate": "full",
    "log.showRoot": "false",
    "log.mailmap": "true",
    "log.date": "relative",
    "color.ui": "always",
    "format.pretty": "oneline",
    "diff.noprefix": "true",
    "diff.renames": "false",
    "diff.external": "false",
    "diff.statGraphWidth": "1",
    "core.quotePath": "true",
    "core.fsmonitor": "/bin/false",
    "i18n.logOutputEncoding": "latin1",
}


def signed(history: History, name: str, content: str) -> str:
    """Put a commit with a signature on top of main; its file's name is not ASCII."""
    repo = history.repo
    blob = subprocess.run(
        ["git", "-C", str(repo), "hash-object", "-w", "--stdin"],
        input=content.encode(), capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    tree = subprocess.run(
        ["git", "-C", str(repo), "mktree", "-z"],
        input=f"100644 blob {blob}\t{name}\0".encode(), capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    who = "J\u00f6rg <j@example.com> 1528588800 +0200"
    commit = (
        f"tree {tree}\nparent {history.ids[-1]}\nauthor {who}\ncommitter {who}\n"
        "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\n"
        "gr\u00fc\u00dfe\n"
    )
    made = subprocess.run(
        ["git", "-C", str(repo), "hash-object", "-t", "commit", "-w", "--stdin"],
        input=commit.encode(), capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    git(repo, "update-ref", "refs/heads/main", made)
    return made


@pytest.fixture
def unusual(tmp_path: Path) -> tuple[History, str]:
    history = repository(tmp_path / "repo", linear(4), {2})
    gpg = tmp_path / "gpg"
    gpg.write_text("#!/bin/sh\necho 'Good signature: f00d' >&2\necho 'Good signature'\n")
    gpg.chmod(0o755)
    for key, value in {**CONFIGURATION, "gpg.program": str(gpg)}.items():
        git(history.repo, "config", key, value)
    (history.repo / ".git" / "info" / "attributes").write_text("* diff=own\n")
    git(history.repo, "config", "diff.own.textconv", "echo converted; true")
    git(history.repo, "config", "diff.own.command", "echo other")
    return history, signed(history, "\u00e4", "one\ntwo\n")


def test_configuration_changes_no_field_of_a_commit(unusual: tuple[History, str]) -> None:
    history, commit = unusual
    found = Repository(history.repo).commit(commit)
    assert (found.id, found.subject, found.message) == (
        commit,
        "gr\u00fc\u00dfe",
        "gr\u00fc\u00dfe",
    )
    assert found.author == "J\u00f6rg <j@example.com>"
    assert found.date == "2018-06-10T02:00:00+02:00"
    assert "\u00e4" in found.diffstat
    assert "2 ++" in found.diffstat
    assert "+++ b/\u00e4" in found.patch
    assert "+one" in found.patch
    assert "\x1b" not in found.patch + found.diffstat
    assert Repository(history.repo).subject(commit).endswith(" gr\u00fc\u00dfe")


def test_day_of_a_signed_commit_is_read(unusual: tuple[History, str]) -> None:
    history, commit = unusual
    age = AgeSources(repo=history.repo).by_version(f"git-{commit}")
    assert "20180610" in repr(age)


def test_variables_do_not_lead_git_elsewhere(
    unusual: tuple[History, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history, commit = unusual
    other = repository(tmp_path / "other", linear(2), set())
    monkeypatch.setenv("GIT_DIR", str(other.repo / ".git"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=0")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    monkeypatch.setenv("GIT_NAMESPACE", "elsewhere")
    found = Repository(history.repo)
    assert found.resolve("main") == commit
    assert "+one" in found.commit(commit).patch


def test_large_patch_is_cut(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(2), set())
    for lines, size in ((500, 10), (3, 100_000)):
        commit = signed(history, "big", "\n".join("x" * size for _ in range(lines)))
        patch = Repository(history.repo).commit(commit).patch
        assert patch.splitlines()[-1] == f"\u2026 cut here: git show {commit}"
        assert len(patch.splitlines()) <= 401
        assert len(patch) < 70_000


def test_mirror_whose_head_names_no_branch(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(12), {7})
    git(tmp_path, "clone", "-q", "--mirror", "repo", "mirror.git")
    git(tmp_path / "mirror.git", "symbolic-ref", "HEAD", "refs/heads/none")
    ends = ("--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, "--repo", "mirror.git", *ends, *TARGET)
    assert ran.code == 0, ran.output
    assert ran.result["names"] == [history.ids[7]]


def test_sparse_checkout_does_not_hide_files_from_the_build(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(6), {3})
    git(history.repo, "sparse-checkout", "set", "--no-cone", "/number")
    ran = bisect(tmp_path, "--repo", "repo", "--good", history.ids[0], "--bad", "main", *TARGET)
    assert ran.result["names"] == [history.ids[3]], ran.output


def test_shallow_clone_is_refused_where_its_history_is_cut(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(20), {9})
    url = f"file://{history.repo}"
    git(tmp_path, "clone", "-q", "--depth", "5", url, "shallow")
    shallow = tmp_path / "shallow"
    with pytest.raises(UserError, match="is a shallow clone: git fetch --unshallow"):
        Repository(shallow).plan([history.ids[2]], "main")
    # The good end is there, its connection with the bad one is not.
    git(shallow, "fetch", "-q", "--depth", "1", "origin", f"{history.ids[2]}:refs/heads/old")
    with pytest.raises(UserError, match="cut off at") as refused:
        Repository(shallow).plan(["old"], "main")
    assert "git fetch --unshallow" in str(refused.value)
    plan = Repository(shallow).plan([history.ids[16]], "main")
    assert plan.graph.names == history.ids[17:]


def test_replaced_commits_are_used_everywhere(tmp_path: Path) -> None:
    """As in git: a replacement counts in the range, in the checkout, and in the report."""
    history = repository(tmp_path / "repo", linear(8), {5})
    git(history.repo, "replace", history.ids[5], history.ids[0])
    plan = Repository(history.repo).plan([history.ids[0]], "main")
    assert plan.graph.names == history.ids[5:]
    assert Repository(history.repo).commit(history.ids[5]).subject == "change 0"
