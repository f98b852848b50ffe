"""The same page in each of the forms that pages were saved in."""

from __future__ import annotations

import re

import pytest
from docs_facts import HEAD, check_places, page, table, texts, with_errors
from zxhil.docs.forms import recognise
from zxhil.docs.page import DocPage, Form, Stated

BODY = (
    HEAD
    + """
## DESCRIPTION

**zx_widget_turn**() turns the widget that *handle* names.

<!-- a machine wrote this
over two lines -->

## RIGHTS

*handle* must be of type **ZX_OBJ_TYPE_EVENT** and have **ZX_RIGHT_WRITE**.

## RETURN VALUE

`zx_widget_turn()` returns **ZX_OK** on success.  In the event of failure, one of the
following values is returned.

## ERRORS

<!-- kept by hand -->

**ZX_ERR_BAD_HANDLE**  *handle* is rusty, any wheel in
*data* is rusty, or there are two of a kind.

**ZX_ERR_INVALID_ARGS**  *data* is stale or *options* is odd.

**ZX_ERR_NO_MEMORY**  Nothing left.
There is no good way to go on from this.

**ZX_ERR_OUT_OF_RANGE**  *len* or *options* are larger than the
largest wheel.

## NOTES

Grease helps.

## SEE ALSO

 - [`zx_widget_stop()`]
 - [`zx_widget_make()`]

<!-- references -->

[`zx_widget_stop()`]: widget_stop.md
[`zx_widget_make()`]: widget_make.md
"""
)


def in_cells(text: str) -> str:
    return "\n".join(f"| {line} |" if line else "| |" for line in text.split("\n"))


def below_a_blob(text: str) -> str:
    lines = [line for line in text.split("\n") if line.strip()]
    return "\n".join([f"blob: {'0a' * 20} [file] [log] [blame] [view]", *lines])


def rendered(text: str) -> str:
    out = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith(("<!--", "[`zx_")):
            continue
        if "zx_status_t" in paragraph:
            out.append(paragraph.replace("`", ""))
            continue
        bare = re.sub(r"[*`]|^#+ ", "", paragraph)
        bare = " ".join(bare.split())
        out.append(bare.strip())
    return "\n\n".join(out)


FORMS = {
    Form.MARKDOWN: BODY,
    Form.TABLE: in_cells(BODY),
    Form.GITILES: below_a_blob(BODY),
    Form.RENDERED: rendered(BODY),
}


@pytest.mark.parametrize("form", FORMS)
def test_form_is_recognised(form: Form) -> None:
    assert recognise(FORMS[form]) is form
    assert page(FORMS[form]).form is form


@pytest.mark.parametrize("form", FORMS)
def test_errors_are_complete(form: Form) -> None:
    found = page(FORMS[form], "000_abc.txt")
    assert found.name == "widget_turn"
    assert found.statuses == (
        "ZX_ERR_BAD_HANDLE",
        "ZX_ERR_INVALID_ARGS",
        "ZX_ERR_NO_MEMORY",
        "ZX_ERR_OUT_OF_RANGE",
    )
    assert texts(found, "ZX_ERR_BAD_HANDLE") == [
        "handle is rusty",
        "any wheel in data is rusty",
        "there are two of a kind",
    ]
    assert texts(found) == ["data is stale", "options is odd"]
    assert texts(found, "ZX_ERR_NO_MEMORY") == ["Nothing left"]
    assert texts(found, "ZX_ERR_OUT_OF_RANGE") == [
        "len are larger than the largest wheel",
        "options are larger than the largest wheel",
    ]
    assert found.errors[2].remarks == ("There is no good way to go on from this.",)
    assert found.problems == ()


@pytest.mark.parametrize("form", FORMS)
def test_places_are_those_of_the_file(form: Form) -> None:
    check_places(page(FORMS[form]), FORMS[form])


@pytest.mark.parametrize("form", FORMS)
def test_the_rest_of_the_page(form: Form) -> None:
    found = page(FORMS[form])
    assert found.synopsis is not None
    assert found.synopsis.returns == "zx_status_t"
    assert [(each.type, each.name) for each in found.synopsis.parameters] == [
        ("zx_handle_t", "handle"),
        ("uint32_t", "options"),
        ("const void*", "data"),
        ("uint32_t", "len"),
        ("zx_handle_t*", "out"),
    ]
    assert found.rights.stated is Stated.LISTED
    (clause,) = found.rights.clauses
    assert (clause.subject, clause.types, clause.rights) == (
        "handle",
        ("ZX_OBJ_TYPE_EVENT",),
        ("ZX_RIGHT_WRITE",),
    )
    assert found.notes == ("Grease helps.",)
    assert found.failure is Stated.LISTED
    if form is not Form.RENDERED:
        assert found.see_also == ("widget_stop", "widget_make")


def test_lines_of_each_form() -> None:
    """Line numbers are those of the file as saved, whatever was taken away."""
    assert table(page(FORMS[Form.MARKDOWN])) == table(page(FORMS[Form.TABLE]))
    assert [row[1] for row in table(page(FORMS[Form.MARKDOWN]))] == [36, 39, 41, 44]
    assert [row[1] for row in table(page(FORMS[Form.GITILES]))] == [22, 24, 25, 27]


def test_rendered_text_below_a_blob() -> None:
    text = f"blob: {'0a' * 20} [file]\n\n" + FORMS[Form.RENDERED]
    found = page(text, "x.txt")
    assert (found.form, found.name, len(found.errors)) == (Form.GITILES, "widget_turn", 4)
    bare = f"blob: {'0a' * 20} [file]\n\nzx_widget_turn\n\nERRORS\n\nZX_ERR_IO len is odd.\n"
    assert page(bare, "x.txt").name == "widget_turn"


def test_references_after_the_errors() -> None:
    references = "\n[`zx_widget_stop()`]: widget_stop.md\n"
    found = heads("**ZX_ERR_IO**  *len* is odd." + references)
    assert found.errors[0].remarks == ()


def test_crlf_and_byte_order_mark() -> None:
    text = "\ufeff" + BODY.replace("\n", "\r\n")
    assert table(page(text)) == table(page(BODY))


def test_comment_hides_an_error() -> None:
    text = BODY.replace("<!-- kept by hand -->", "<!--\n**ZX_ERR_IO**  gone.\n-->")
    assert "ZX_ERR_IO" not in page(text).statuses


def heads(errors: str) -> DocPage:
    return page(BODY.split("## ERRORS")[0] + "## ERRORS\n\n" + errors)


ENTRIES = {
    "bold": "**ZX_ERR_IO**  *len* is odd.\n\n**ZX_ERR_STOP**  *data* is stale.",
    "bullets": "- **ZX_ERR_IO**  *len* is odd.\n- **ZX_ERR_STOP**  *data* is stale.",
    "stars": "*   **ZX_ERR_IO**: *len* is odd.\n*   **ZX_ERR_STOP**: *data* is stale.",
    "backticks": "`ZX_ERR_IO` - *len* is odd.\n\n`ZX_ERR_STOP` - *data* is stale.",
    "bare": "ZX_ERR_IO *len* is odd.\nZX_ERR_STOP *data* is stale.",
    "magenta": "**MX_ERR_IO**  *len* is odd.\n\n**MX_ERR_STOP**  *data* is stale.",
    "older": "**ERR_IO**  *len* is odd.\n\n**ERR_STOP**  *data* is stale.",
    "dash": "**ZX_ERR_IO** \u2014 *len* is odd.\n\n**ZX_ERR_STOP** \u2014 *data* is stale.",
    "definitions": "ZX_ERR_IO\n: *len* is odd.\n\nZX_ERR_STOP\n:   *data* is stale.",
    "html": "<dl><dt>ZX_ERR_IO</dt><dd>*len* is odd.</dd>\n<dt>ZX_ERR_STOP</dt>"
    "<dd>*data* is stale.</dd></dl>",
    "one line of html": "<dl><dt>ZX_ERR_IO</dt><dd>*len* is odd.</dd><dt>ZX_ERR_STOP</dt>"
    "<dd>*data* is stale.</dd></dl>",
    "table": "| Error | When |\n| --- | --- |\n| **ZX_ERR_IO** | *len* is odd. |\n"
    "| **ZX_ERR_STOP** | *data* is stale. |",
    "numbered table": "Value | Error | When\n--|---|---\n-40 | ZX_ERR_IO | *len* is odd.\n"
    "-60 | ZX_ERR_STOP | *data* is stale.",
    "headings": "### ZX_ERR_IO\n\n*len* is odd.\n\n### ZX_ERR_STOP\n\n*data* is stale.",
    "nested": "- ZX_ERR_IO\n  - *len* is odd.\n- ZX_ERR_STOP\n  - *data* is stale.",
    "numbered": "1. **ZX_ERR_IO** *len* is odd.\n2. **ZX_ERR_STOP** *data* is stale.",
    "introduced": "In the event of failure, one of the following is returned:\n\n"
    "**ZX_ERR_IO** *len* is odd.\n\n**ZX_ERR_STOP** *data* is stale.",
    "running": "Returns **ZX_ERR_IO** if *len* is odd, or **ZX_ERR_STOP** if *data* is stale.",
    "running after": "If *len* is odd, **ZX_ERR_IO** is returned. If *data* is stale,\n"
    "the call fails with **ZX_ERR_STOP**.",
}


@pytest.mark.parametrize("name", ENTRIES)
def test_each_way_to_list_errors(name: str) -> None:
    found = heads(ENTRIES[name])
    assert found.statuses == ("ZX_ERR_IO", "ZX_ERR_STOP")
    assert texts(found, "ZX_ERR_IO") == ["len is odd"]
    assert texts(found, "ZX_ERR_STOP") == ["data is stale"]
    assert found.problems == ()


def test_two_statuses_share_a_sentence() -> None:
    found = heads("**ZX_ERR_IO**, **ZX_ERR_STOP** or **ZX_ERR_NEXT**  *len* is odd.")
    assert [(e.status, len(e.conditions)) for e in found.errors] == [
        ("ZX_ERR_IO", 1),
        ("ZX_ERR_STOP", 1),
        ("ZX_ERR_NEXT", 1),
    ]


def test_wrapped_status_opens_no_entry() -> None:
    found = heads("**ZX_ERR_IO**  *len* is odd, as it would be for\n**ZX_ERR_STOP** too.")
    assert found.statuses == ("ZX_ERR_IO",)


STATED = [
    ("None.", Stated.NONE),
    ("`zx_widget_turn()` cannot fail.", Stated.NONE),
    ("`zx_widget_turn()` does not report any error conditions.", Stated.NONE),
    ("On error, `zx_widget_turn()` returns 0.", Stated.NONE),
    ("TODO(ZX-1)", Stated.TODO),
    ("Same as [`zx_widget_stop()`].", Stated.ELSEWHERE),
    ("", Stated.MISSING),
    ("Ask around.", Stated.UNCLEAR),
]


@pytest.mark.parametrize(("errors", "stated"), STATED)
def test_sections_with_no_list(errors: str, stated: Stated) -> None:
    found = heads(errors)
    assert found.failure is stated
    assert found.errors == ()
    assert bool(found.problems) == (stated in (Stated.MISSING, Stated.UNCLEAR))


def test_another_calls_errors() -> None:
    found = heads("**ZX_ERR_IO** *len* is odd.\n\nAnd any error of [`zx_widget_stop()`].")
    assert (found.failure, found.same_errors_as) == (Stated.LISTED, ("widget_stop",))
    assert found.errors[0].remarks == ()
    assert heads("Same as [`zx_widget_stop()`].").same_errors_as == ("widget_stop",)


@pytest.mark.parametrize(
    "line",
    [
        "-10 (**ZX_ERR_INVALID_ARGS**): *len* is zero.",
        "**ZX_ERR_INVALID_ARGS** (-10) - *len* is zero.",
        "ZX_ERR_INVALID_ARGS (-10): *len* is zero.",
        "-10 ZX_ERR_INVALID_ARGS  *len* is zero.",
        "**ZX_ERR_INVALID_ARGS**\uff1a *len* is zero.",
    ],
)
def test_number_beside_a_status_is_its_value(line: str) -> None:
    found = with_errors(f"{line}\n\n**ZX_ERR_IO**  *len* is odd.")
    assert found.statuses == ("ZX_ERR_INVALID_ARGS", "ZX_ERR_IO")
    assert texts(found) == ["len is zero"]
    assert found.problems == ()


def test_statuses_in_a_code_block_of_errors_are_read() -> None:
    found = with_errors("```\nZX_ERR_INVALID_ARGS   len is zero.\nZX_ERR_IO   len is odd.\n```")
    assert found.statuses == ("ZX_ERR_INVALID_ARGS", "ZX_ERR_IO")
    assert texts(found) == ["len is zero"]


def test_missing_comma_between_parameters_is_reported() -> None:
    text = HEAD.replace("const void* data,", "const void* data")
    found = page(text)
    assert found.synopsis is not None
    names = [each.name for each in found.synopsis.parameters]
    assert names == ["handle", "options", "data", "len", "out"]
    (problem,) = found.problems
    assert problem.what == "no comma between the parameters `const void* data` and `uint32_t len`"
    assert page(HEAD).problems == ()


def test_type_of_several_words_is_one_parameter() -> None:
    text = HEAD.replace("const void* data", "unsigned long int data")
    found = page(text)
    assert found.synopsis is not None
    assert found.synopsis.parameters[2].type == "unsigned long int"
    assert found.problems == ()


def test_value_of_a_field_is_no_error_of_the_call() -> None:
    found = page(
        f"{HEAD}\n## DESCRIPTION\n\nEach result has a *status*, which is **ZX_OK** if the bell "
        "rang, or **ZX_ERR_BAD_STATE** if the bell broke.\n\n## ERRORS\n\n"
        "**ZX_ERR_IO**  *len* is odd.\n"
    )
    assert found.statuses == ("ZX_ERR_IO",)
    assert [each.why for each in found.mentions] == ["value"]


def test_statuses_under_a_heading_in_another_language_are_read() -> None:
    found = page(
        f"{HEAD}\n## \u9519\u8bef\u7801\n\n**ZX_ERR_BAD_HANDLE**\uff1a*handle*\u65e0\u6548\u3002\n"
    )
    assert found.statuses == ("ZX_ERR_BAD_HANDLE",)


def test_names_of_2017_are_those_of_today() -> None:
    found = with_errors(
        "**ERR_REMOTE_CLOSED**  *handle*'s other end is gone.\n\n**ERR_HANDLE_CLOSED**  Closed."
    )
    assert found.statuses == ("ZX_ERR_PEER_CLOSED", "ZX_ERR_CANCELED")
