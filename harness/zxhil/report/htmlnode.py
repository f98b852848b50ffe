"""HTML that its content can't break: every string is escaped unless it is `Html`."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TypeAlias

_VOID = frozenset(("input", "meta", "br", "wbr"))


class Html(str):
    """Safe markup. Only this module makes it."""

    __slots__ = ()


Child: TypeAlias = "str | Html | tuple[Child, ...] | list[Html | None] | list[Html] | None"


def text(value: str) -> Html:
    """Escape text; an unprintable character (control, or direction) becomes U+FFFD."""
    shown = "".join(
        c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in value
    )
    return Html(escape(shown, quote=True))


def breakable(value: str) -> Html:
    """Escape text whose long lists of flags may be broken after each of them."""
    return Html(text(value).replace("|", "|<wbr>"))


def breakable_path(value: str) -> Html:
    """Escape text whose long names may be broken after each ``_`` and ``/``."""
    return Html(text(value).replace("_", "_<wbr>").replace("/", "/<wbr>"))


def el(name: str, /, *children: Child, **attributes: str | bool | None) -> Html:
    """An element. `class_` is the class; a hyphen in an attribute is written ``_``.

    An attribute that is None or False is left out, one that is True has no value.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        parts.append(f" {attribute}" if value is True else f' {attribute}="{text(value)}"')
    parts.append(">")
    if name in _VOID:
        return Html("".join(parts))
    return Html("".join(parts) + join(*children) + f"</{name}>")


def join(*children: Child) -> Html:
    """Children one after another."""
    parts: list[str] = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, tuple | list):
            parts.append(join(*child))
        else:
            parts.append(child if isinstance(child, Html) else text(child))
    return Html("".join(parts))


def document(title: str, style: str, /, *body: Child, script: str = "") -> str:
    """A whole page that loads nothing; a content security policy blocks everything else."""

    def digest(content: str) -> str:
        return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()

    policy = (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; "
        f"script-src 'sha256-{digest(script)}'; base-uri 'none'; form-action 'none'"
    )
    return "<!DOCTYPE html>\n" + el(
        "html",
        el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", http_equiv="Content-Security-Policy", content=policy),
            el("title", title),
            el("style", trusted(style)),
        ),
        el("body", *body, el("script", trusted(script)) if script else None),
        lang="en",
    )


def trusted(markup: str) -> Html:
    """The project's own markup: style sheet and script."""
    return Html(markup)
