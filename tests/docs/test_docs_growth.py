"""A page costs what its length costs, whatever is on it: twice the page is twice the time."""

from __future__ import annotations

from pathlib import Path

import pytest
from growth import LINEAR, growth
from zxhil.docs.forms import PageLine
from zxhil.docs.parse import parse_text
from zxhil.docs.synopsis import prototypes

_PAGE = """# zx_channel_write

## NAME

channel_write - write

## SYNOPSIS

```
zx_status_t zx_channel_write(zx_handle_t handle, uint32_t options);
```

## DESCRIPTION

{description}

## ERRORS

{errors}
"""
_STARTS = ("", "**ZX_ERR_BAD_HANDLE**  ", "  *handle* is bad or ", "| ", "# ")
_REPEATED = (
    "*",
    "`",
    "#",
    "-",
    " ",
    "<a",
    "a. ",
    "a, ",
    "*a* or ",
    "… or *x* is invalid ",
    "ZX_ERR_A ",
    "[",
)
_SIZE = 6000


def _page(start: str, text: str, size: int, in_errors: bool) -> str:
    body = start + text * (size // len(text)) + "!"
    head = "**ZX_ERR_BAD_HANDLE**  *handle* is bad."
    return _PAGE.format(description="" if in_errors else body, errors=body if in_errors else head)


@pytest.mark.parametrize("in_errors", [True, False])
@pytest.mark.parametrize("text", _REPEATED)
def test_a_page_of_twice_the_length_takes_twice_the_time(text: str, in_errors: bool) -> None:
    slow = {}
    for start in _STARTS:
        ratio = growth(
            lambda page: parse_text(page, Path("channel_write.md")),
            lambda size, start=start: _page(start, text, size, in_errors),  # type: ignore[misc]
            _SIZE,
        )
        if ratio >= LINEAR:
            slow[start] = ratio
    assert not slow


@pytest.mark.parametrize(
    "text", ["\n**ZX_ERR_BAD_HANDLE**", "_ZX_ERR_zx_", "zx_status_t f ", "a\n"]
)
def test_a_synopsis_of_twice_the_length_takes_twice_the_time(text: str) -> None:
    def lines(size: int) -> list[PageLine]:
        body = text * (size // len(text))
        return [PageLine(number, 1, each) for number, each in enumerate(body.split("\n"), 1)]

    assert growth(prototypes, lines, 1500) < LINEAR
