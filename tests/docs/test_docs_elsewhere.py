"""Statuses named outside ERRORS."""

from __future__ import annotations

from docs_facts import HEAD, page
from zxhil.docs.page import DocPage, Stated


def described(text: str, errors: str = "**ZX_ERR_BAD_HANDLE**  *handle* is rusty.") -> DocPage:
    return page(f"{HEAD}\n## DESCRIPTION\n\n{text}\n\n## ERRORS\n\n{errors}\n")


def test_return_value_alone() -> None:
    found = page(
        f"{HEAD}\n## RETURN VALUE\n\n`zx_widget_turn()` returns **ZX_OK**, **ZX_ERR_BAD_HANDLE** "
        "if *handle* is rusty,\nor **ZX_ERR_INVALID_ARGS** if *data* or *out* is stale.\n"
    )
    assert [(e.status, e.section) for e in found.errors] == [
        ("ZX_ERR_BAD_HANDLE", "RETURN VALUE"),
        ("ZX_ERR_INVALID_ARGS", "RETURN VALUE"),
    ]
    assert [c.text for e in found.errors for c in e.conditions] == [
        "handle is rusty",
        "data is stale",
        "out is stale",
    ]
    assert found.failure is Stated.LISTED


def test_condition_before_the_status() -> None:
    found = described("If the wheel is bent, **ZX_ERR_OUT_OF_RANGE** is returned.")
    assert found.errors[-1].section == "DESCRIPTION"
    assert [c.text for c in found.errors[-1].conditions] == ["the wheel is bent"]


def test_effect_before_the_status_is_no_condition() -> None:
    found = described("If the wheel is bent, it stops and returns **ZX_ERR_OUT_OF_RANGE**.")
    assert [c.text for c in found.errors[-1].conditions] == ["the wheel is bent"]


def test_listed_status_is_a_mention() -> None:
    found = described("If it is rusty, **ZX_ERR_BAD_HANDLE** is returned.")
    assert len(found.errors) == 1
    assert [(m.status, m.why) for m in found.mentions] == [("ZX_ERR_BAD_HANDLE", "listed")]


def test_another_calls_status_is_a_mention() -> None:
    found = described("Any `zx_widget_stop()` on it will return **ZX_ERR_CANCELED**.")
    assert len(found.errors) == 1
    assert [(m.status, m.why) for m in found.mentions] == [("ZX_ERR_CANCELED", "other-call")]
    found = described("Further turns of the wheel will fail with **ZX_ERR_BAD_STATE**.")
    assert found.mentions[0].why == "other-call"


def test_argument_is_a_mention() -> None:
    found = described("For *data* the permitted values are **ZX_ERR_IO** and **ZX_ERR_STOP**.")
    assert [(m.status, m.why) for m in found.mentions] == [
        ("ZX_ERR_IO", "value"),
        ("ZX_ERR_STOP", "value"),
    ]


def test_effect_of_an_error_documents_it() -> None:
    found = described("In the event of **ZX_ERR_TIMED_OUT**, the wheel may have turned.")
    assert found.errors[-1].status == "ZX_ERR_TIMED_OUT"
    assert found.errors[-1].conditions == ()
    assert found.errors[-1].remarks


def test_list_in_another_section() -> None:
    found = described(
        "Additional errors:\n\n*   **ZX_ERR_BAD_STATE**: If the wheel is gone\n"
        "*   **ZX_ERR_BAD_HANDLE**: If the axle is gone, or if it\n    is bent.\n\n"
        "### Wheels\n\n*handle* type: **Wheel**"
    )
    assert [(e.status, e.section, len(e.conditions)) for e in found.errors] == [
        ("ZX_ERR_BAD_HANDLE", "ERRORS", 1),
        ("ZX_ERR_BAD_STATE", "DESCRIPTION", 1),
        ("ZX_ERR_BAD_HANDLE", "DESCRIPTION", 2),
    ]


def test_text_after_a_list_is_not_the_lists() -> None:
    found = described("*   **ZX_ERR_BAD_STATE**: If the wheel is gone\n\n*out* is round.")
    assert [len(e.conditions) for e in found.errors] == [1, 1]


def test_unclear_status_is_a_problem() -> None:
    found = described("Beware of **ZX_ERR_STOP** here.")
    assert len(found.errors) == 1
    (problem,) = found.problems
    assert problem.line == 18
    assert "ZX_ERR_STOP" in problem.what


def test_to_do_stays_to_do() -> None:
    found = described("If the wheel is bent, **ZX_ERR_IO** is returned.", "TODO(ZX-1)")
    assert found.failure is Stated.TODO
    assert found.statuses == ("ZX_ERR_IO",)


def test_otherwise_denies_the_sentence_before() -> None:
    to_do = described(
        "To use it, set `gate.open=true`. Otherwise, the call returns **ZX_ERR_NOT_SUPPORTED**."
    )
    assert [c.text for c in to_do.errors[-1].conditions] == ["gate.open=true is not set"]
    given = described(
        "If the gate is shut, success is returned. Otherwise, **ZX_ERR_BUSY** is returned."
    )
    assert [c.text for c in given.errors[-1].conditions] == ["not: the gate is shut"]


def test_errors_of_different_topics_stand_apart() -> None:
    said = "If the {0} is bent, **ZX_ERR_BAD_STATE** is returned.\n\n"
    text = f"### ZX_INFO_WHEEL\n\n{said.format('wheel')}### ZX_INFO_AXLE\n\n{said.format('axle')}"
    found = described(text)
    assert [(e.topic, [c.text for c in e.conditions]) for e in found.errors[1:]] == [
        ("ZX_INFO_WHEEL", ["the wheel is bent"]),
        ("ZX_INFO_AXLE", ["the axle is bent"]),
    ]
