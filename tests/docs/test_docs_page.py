"""Names, synopses, sections, rights and trees."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs_facts import HEAD, page, with_errors
from zxhil.docs.page import Stated
from zxhil.docs.parse import parse_page, parse_tree
from zxhil.errors import UserError


def synopsis(prototype: str) -> list[tuple[str, list[tuple[str, str]]]]:
    found = page(
        f"# zx_widget_turn\n\n## SYNOPSIS\n\n```\n{prototype}\n```\n\n## ERRORS\n\nNone.\n"
    )
    return [(s.returns, [(p.type, p.name) for p in s.parameters]) for s in found.prototypes]


PROTOTYPES = [
    ("void zx_widget_turn(void);", [("void", [])]),
    ("zx_time_t zx_widget_turn();", [("zx_time_t", [])]),
    ("zx_ticks_t zx_widget_turn(uint32_t a);", [("zx_ticks_t", [("uint32_t", "a")])]),
    (
        "zx_status_t zx_widget_turn(const zx_widget_t *w,\n   char name[ZX_MAX_NAME_LEN]);",
        [("zx_status_t", [("const zx_widget_t*", "w"), ("char[ZX_MAX_NAME_LEN]", "name")])],
    ),
    (
        "zx_status_t zx_widget_turn(zx_handle_t handle, // the widget\n  uint32_t* /* opt */ out);",
        [("zx_status_t", [("zx_handle_t", "handle"), ("uint32_t*", "out")])],
    ),
    ("__NO_RETURN void zx_widget_turn(int64_t r);", [("void", [("int64_t", "r")])]),
    (
        "zx_status_t zx_widget_turn(uint32_t a);\nzx_status_t zx_widget_twist(uint32_t b);",
        [("zx_status_t", [("uint32_t", "a")]), ("zx_status_t", [("uint32_t", "b")])],
    ),
    ("mx_status_t mx_widget_turn(mx_handle_t h);", [("mx_status_t", [("mx_handle_t", "h")])]),
]


@pytest.mark.parametrize(("prototype", "expected"), PROTOTYPES)
def test_prototypes(prototype: str, expected: object) -> None:
    assert synopsis(prototype) == expected


def test_parameter_without_a_name_is_a_problem() -> None:
    found = page("# zx_widget_turn\n\n## SYNOPSIS\n\nvoid zx_widget_turn(int);\n")
    assert [p.line for p in found.problems] == [5]


def test_name_by_title_and_file() -> None:
    assert page(HEAD, "000_deadbeef.txt").name == "widget_turn"
    copied = HEAD.replace("# zx_widget_turn", "# zx_widget_stop")
    found = page(copied, "widget_turn.md")
    assert found.name == "widget_turn"
    assert [p.rule for p in found.problems] == ["wrong-title"]


def test_synopsis_of_another_call() -> None:
    found = page(HEAD.replace("zx_status_t zx_widget_turn", "zx_status_t zx_widget_stop"))
    assert found.name == "widget_turn"
    assert "wrong-synopsis" in [p.rule for p in found.problems]


def test_sections_of_later_ages() -> None:
    text = HEAD.replace("## NAME", "## Summary").replace("## SYNOPSIS", "## Declaration")
    found = page(text + "\n## Errors\n\n**ZX_ERR_IO**  *len* is odd.\n\n## Return value\n\nx\n")
    assert found.statuses == ("ZX_ERR_IO",)
    assert [h.title for h in found.headings] == ["NAME", "SYNOPSIS", "ERRORS", "RETURN VALUE"]


def test_underlined_headings() -> None:
    found = page(HEAD + "\nERRORS\n------\n\n**ZX_ERR_IO**  *len* is odd.\n")
    assert found.statuses == ("ZX_ERR_IO",)


def test_sub_heading_is_part_of_its_section() -> None:
    found = page(HEAD + "\n## NOTES\n\n### Errors to come\n\nNone.\n\n## ERRORS\n\nNone.\n")
    assert [h.title for h in found.headings] == ["NAME", "SYNOPSIS", "NOTES", "ERRORS"]


RIGHTS = [
    ("TODO(ZX-1)", Stated.TODO, []),
    ("None.", Stated.NONE, []),
    (
        "*handle* must be of type **ZX_OBJ_TYPE_EVENT** and have **ZX_RIGHT_READ** and have "
        "**ZX_RIGHT_WRITE**.",
        Stated.LISTED,
        [("", "handle", ("ZX_OBJ_TYPE_EVENT",), ("ZX_RIGHT_READ", "ZX_RIGHT_WRITE"), ())],
    ),
    (
        "If *options* is **ZX_A**, *out* must have resource kind **ZX_RSRC_KIND_ROOT**.\n\n"
        "Every entry of *data* must have **ZX_RIGHT_TRANSFER**.",
        Stated.LISTED,
        [
            ("If options is ZX_A", "out", (), (), ("ZX_RSRC_KIND_ROOT",)),
            ("", "Every entry of data", (), ("ZX_RIGHT_TRANSFER",), ()),
        ],
    ),
]


@pytest.mark.parametrize(("text", "stated", "clauses"), RIGHTS)
def test_rights(text: str, stated: Stated, clauses: list[object]) -> None:
    found = page(f"{HEAD}\n## RIGHTS\n\n<!-- made -->\n\n{text}\n").rights
    assert found.stated is stated
    assert [(c.guard, c.subject, c.types, c.rights, c.kinds) for c in found.clauses] == clauses


def test_unknown_rights_are_a_problem() -> None:
    found = page(f"{HEAD}\n## RIGHTS\n\n*handle* must be shiny.\n")
    assert [(p.line, p.rule) for p in found.problems] == [(18, "not-understood")]


def test_status_without_condition_is_a_problem() -> None:
    found = with_errors("**ZX_ERR_IO**\n\n**ZX_ERR_STOP**  *len* is odd.")
    assert [(p.line, p.rule) for p in found.problems] == [(18, "no-condition")]
    assert found.statuses == ("ZX_ERR_IO", "ZX_ERR_STOP")


def test_sub_heading_among_errors_is_listed() -> None:
    found = with_errors("**ZX_ERR_IO**  *len* is odd.\n\n#### ARM\n\n**ZX_ERR_STOP**  *len* is 1.")
    assert [(p.line, p.what) for p in found.problems] == [(20, "sub-heading among the errors: ARM")]
    assert found.statuses == ("ZX_ERR_IO", "ZX_ERR_STOP")


def test_text_below_a_sub_heading_is_no_remark() -> None:
    found = with_errors("**ZX_ERR_IO**  *len* is odd.\n\n#### ARM\n\nThis differs.")
    assert found.errors[0].remarks == ()
    assert [p.line for p in found.problems] == [20, 22]


def test_tree(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "widget_turn.md").write_text(HEAD + "\n## ERRORS\n\n**ZX_ERR_IO** *len* is odd.\n")
    other = HEAD.replace("widget_turn", "widget_stop")
    (tmp_path / "more" / "widget_stop.md").write_text(
        other + "\n## ERRORS\n\nSame as [`zx_widget_turn()`].\n"
    )
    (tmp_path / "README.md").write_text("# Widgets\n\n## NAME\n\nAll about them.\n")
    (tmp_path / "picture.png").write_bytes(b"\xff\xfe")
    tree = parse_tree(tmp_path)
    assert [each.name for each in tree.pages] == ["widget_stop", "widget_turn"]
    assert [each.path.name for each in tree.others] == ["README.md"]
    stop = tree.page("widget_stop")
    assert stop is not None
    assert stop.failure is Stated.ELSEWHERE
    assert [each.status for each in tree.errors_of(stop)] == ["ZX_ERR_IO"]


def test_calls_that_refer_to_each_other_end(tmp_path: Path) -> None:
    for one, other in (("turn", "stop"), ("stop", "turn")):
        text = HEAD.replace("widget_turn", f"widget_{one}")
        text += f"\n## ERRORS\n\nSame as [`zx_widget_{other}()`].\n"
        (tmp_path / f"widget_{one}.md").write_text(text)
    tree = parse_tree(tmp_path)
    assert tree.errors_of(tree.pages[0]) == ()


def test_second_page_of_a_call(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(HEAD)
    problems = parse_tree(tmp_path).problems
    assert [(p.path.name, p.problem.rule) for p in problems] == [("b.md", "second-page")]


@pytest.mark.parametrize("content", [b"", b"Nothing to see.\n", b"\xff\xfe\x00"])
def test_file_without_a_documented_call_is_not_a_page(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(content)
    with pytest.raises(UserError):
        parse_page(path)
    with pytest.raises(UserError):
        parse_tree(tmp_path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        parse_page(tmp_path / "no.md")
