"""What changed between two trees of pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from docs_facts import HEAD
from zxhil.cli.docs import command
from zxhil.docs.diff import PageChange, diff
from zxhil.docs.parse import parse_tree

PAGE = (
    HEAD
    + """
## ERRORS

**ZX_ERR_BAD_HANDLE**  *handle* is rusty, or there are two of the widgets.

**ZX_ERR_INVALID_ARGS**  *out* is an invalid pointer.
"""
)


def changes(folder: Path, old: str, new: str) -> list[PageChange]:
    for name, text in (("old", old), ("new", new)):
        (folder / name).mkdir()
        (folder / name / "widget_turn.md").write_text(text)
    return list(diff(parse_tree(folder / "old"), parse_tree(folder / "new")))


def test_the_same_page_in_another_form(tmp_path: Path) -> None:
    cells = "\n".join(f"| {line} |" for line in PAGE.split("\n"))
    assert changes(tmp_path, PAGE, cells) == []


CASES = [
    (
        "**ZX_ERR_INVALID_ARGS**  *out* is an invalid pointer.",
        "",
        [("status-removed", "ZX_ERR_INVALID_ARGS", "out is an invalid pointer", "")],
    ),
    (
        "*out* is an invalid pointer.",
        "*out* is an invalid pointer.\n\n**ZX_ERR_IO**  *len* is odd.",
        [("status-added", "ZX_ERR_IO", "", "len is odd")],
    ),
    (
        "*handle* is rusty, or there",
        "There",
        [("condition-removed", "ZX_ERR_BAD_HANDLE", "handle is rusty", "")],
    ),
    (
        "*handle* is rusty,",
        "*handle* is rusty, *options* asks for the moon,",
        [("condition-added", "ZX_ERR_BAD_HANDLE", "", "options asks for the moon")],
    ),
    (
        "there are two of the widgets",
        "there are two of the same widgets",
        [
            (
                "condition-reworded",
                "ZX_ERR_BAD_HANDLE",
                "there are two of the widgets",
                "there are two of the same widgets",
            )
        ],
    ),
    (
        "there are two of the widgets",
        "grease ran out",
        [
            ("condition-removed", "ZX_ERR_BAD_HANDLE", "there are two of the widgets", ""),
            ("condition-added", "ZX_ERR_BAD_HANDLE", "", "grease ran out"),
        ],
    ),
    ("uint32_t len", "uint32_t size", [("parameter-renamed", "", "uint32_t len", "uint32_t size")]),
    ("uint32_t len", "size_t len", [("parameter-retyped", "", "uint32_t len", "size_t len")]),
    (", zx_handle_t* out", "", [("parameter-removed", "", "zx_handle_t* out", "")]),
    ("zx_handle_t* out", "zx_handle_t* out, int x", [("parameter-added", "", "", "int x")]),
    (
        "zx_handle_t handle, uint32_t options",
        "uint32_t options, zx_handle_t handle",
        [
            (
                "parameter-moved",
                "",
                "handle, options, data, len, out",
                "options, handle, data, len, out",
            )
        ],
    ),
    ("zx_status_t zx", "zx_time_t zx", [("return-changed", "", "zx_status_t", "zx_time_t")]),
]


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_change(tmp_path: Path, old: str, new: str, expected: list[object]) -> None:
    assert old in PAGE
    found = changes(tmp_path, PAGE, PAGE.replace(old, new, 1))
    assert [(str(c.kind), c.status, c.old, c.new) for c in found] == expected
    assert all(c.page == "widget_turn" for c in found)


RIGHTS = HEAD + "\n## RIGHTS\n\n*handle* must have **ZX_RIGHT_WRITE**.\n" + PAGE.removeprefix(HEAD)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "have **ZX_RIGHT_WRITE**",
            "have **ZX_RIGHT_READ**",
            [
                (
                    "right-reworded",
                    "handle must have ZX_RIGHT_WRITE.",
                    "handle must have ZX_RIGHT_READ.",
                )
            ],
        ),
        (
            "*handle* must have **ZX_RIGHT_WRITE**.",
            "",
            [("right-removed", "handle must have ZX_RIGHT_WRITE.", "")],
        ),
        (
            "**ZX_RIGHT_WRITE**.",
            "**ZX_RIGHT_WRITE**.\n\n*out* must be of type **ZX_OBJ_TYPE_VMO**.",
            [("right-added", "", "out must be of type ZX_OBJ_TYPE_VMO.")],
        ),
    ],
)
def test_change_of_rights(tmp_path: Path, old: str, new: str, expected: list[object]) -> None:
    found = changes(tmp_path, RIGHTS, RIGHTS.replace(old, new, 1))
    assert [(str(c.kind), c.old, c.new) for c in found] == expected


def test_renames_can_be_left_out(tmp_path: Path) -> None:
    former = RIGHTS.replace("zx_", "mx_").replace("ZX_ERR_", "ERR_").replace("ZX_", "MX_")
    former = former.replace("uint32_t len", "uint32_t size").replace("rusty", "*len* rusty")
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    (tmp_path / "old" / "widget_turn.md").write_text(former.replace("*len*", "*size*"))
    (tmp_path / "new" / "widget_turn.md").write_text(RIGHTS.replace("rusty", "*len* rusty"))
    old, new = parse_tree(tmp_path / "old"), parse_tree(tmp_path / "new")
    assert {str(c.kind) for c in diff(old, new)} == {
        "return-changed",
        "parameter-renamed",
        "parameter-retyped",
        "right-reworded",
        "condition-reworded",
    }
    assert diff(old, new, renames=False) == ()
    bent = RIGHTS.replace("rusty", "*len* bent")
    (tmp_path / "new" / "widget_turn.md").write_text(bent)
    left = diff(old, parse_tree(tmp_path / "new"), renames=False)
    assert [(each.old, each.new) for each in left] == [
        ("handle is size rusty", ""),
        ("", "handle is len bent"),
    ]


def test_places(tmp_path: Path) -> None:
    (found,) = changes(tmp_path, PAGE, PAGE.replace("is rusty", "is very rusty"))
    assert found.old_place is not None
    assert (found.old_place.path.parent.name, found.old_place.line) == ("old", 18)
    assert found.new_place is not None
    assert (found.new_place.path.parent.name, found.new_place.line) == ("new", 18)


def test_pages_and_command(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, name in ((old, "widget_stop"), (new, "widget_turn")):
        folder.mkdir()
        (folder / f"{name}.md").write_text(PAGE.replace("widget_turn", name))
    result = CliRunner().invoke(command, ["diff", str(old), str(new)])
    assert result.exit_code == 1
    assert result.output.split()[:3] == [
        "zx_widget_stop",
        "page-removed",
        f"{old}/widget_stop.md:1",
    ]
    result = CliRunner().invoke(command, ["diff", "--json", str(old), str(new)])
    assert [each["kind"] for each in json.loads(result.output)] == ["page-removed", "page-added"]
    assert CliRunner().invoke(command, ["diff", str(old), str(old)]).exit_code == 0


def test_show(tmp_path: Path) -> None:
    path = tmp_path / "widget_turn.md"
    path.write_text(PAGE)
    result = CliRunner().invoke(command, ["show", str(path)])
    assert result.exit_code == 0
    assert "zx_status_t zx_widget_turn(zx_handle_t handle, uint32_t options" in result.output
    assert "  18: ZX_ERR_BAD_HANDLE\n    18:25: handle is rusty\n" in result.output
    result = CliRunner().invoke(command, ["show", "--json", str(path)])
    (shown,) = json.loads(result.output)
    assert shown["errors"][1]["status"] == "ZX_ERR_INVALID_ARGS"
    assert shown["errors"][1]["conditions"][0]["line"] == 20
    result = CliRunner().invoke(command, ["show", str(tmp_path)])
    assert "1 page, 2 statuses, 3 conditions, 0 problems" in result.output
