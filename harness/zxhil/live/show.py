"""A call that returned, formatted for a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zxhil.abi.kinds import Pointer
from zxhil.abi.sample import sample
from zxhil.live.result import Result
from zxhil.model.judge import VerdictKind
from zxhil.model.pages import MODELLED

if TYPE_CHECKING:
    from zxhil.docs.quotes import Quotes

_BYTES_SHOWN = 32

Style = Callable[[str, str], str]


def result_text(result: Result, style: Style, known: str = "", quotes: Quotes | None = None) -> str:
    """The call as it was made, what it returned, and its verdict; several lines.

    `style` colors a text as "good", "bad" or "dim"; `known` says why a divergence is known;
    `quotes` are the text of the user's pages.
    """
    call = result.call
    lines = [f"{style(f'[{result.number}]', 'dim')} {_with_bytes(result, call.text)}"]
    is_judged = result.spelt.syscall.name in MODELLED
    verdict = style("conforms", "good") if is_judged else style("no page is modeled", "dim")
    divergence = result.divergence
    if divergence is not None:
        verdict = style(f"diverges: {divergence.kind.value}", "bad")
        if known:
            verdict = style(f"diverges as known: {divergence.kind.value}", "dim")
    lines.append(f"    -> {_arrived(result, call.status)}    {verdict}")
    if call.permitted:
        lines.append(f"       {style(f'allowed at any time: {call.permitted}', 'dim')}")
    if divergence is None:
        if result.reached:
            lines.append(f"       {style('as documented: ' + ', '.join(result.reached), 'dim')}")
        return "\n".join(lines)
    lines.append(f"       {divergence.text}")
    if quotes is not None and divergence.blamed:
        lines += (f"       {quote}" for quote in quotes.of(divergence.blamed[0]))
    if known:
        lines.append(f"       known: {known}")
    lines.append(f"       the page allows: {', '.join(result.allowed) or 'nothing'}")
    if divergence.blamed:
        said = divergence.sentences[0]
        words = "" if said in divergence.text else f": {said}"
        lines.append(f"       blamed: {divergence.blamed[0]}{words}")
    if divergence.kind is VerdictKind.WRONG_EFFECT and divergence.blamed_call != result.number:
        lines.append(f"       broken by call [{divergence.blamed_call}]")
    return "\n".join(lines)


def _arrived(result: Result, status: str) -> str:
    """Show received bytes in place of their first ones and their checksum."""
    if not result.data:
        return status
    carried = f"={sample(result.data).text}"
    return status.replace(carried, f"={_bytes_text(result.data)}", 1)


def _with_bytes(result: Result, text: str) -> str:
    """Show byte arrays as the shell shows received ones, not as far as the trace has them."""
    for parameter in result.spelt.syscall.parameters:
        value = result.spelt.values[parameter.name]
        if isinstance(value, Pointer) and isinstance(value.content, bytes):
            carried = f" {sample(value.content).text}"
            text = text.replace(carried, f" {_bytes_text(value.content)}", 1)
    return text


def _bytes_text(content: bytes) -> str:
    if len(content) <= _BYTES_SHOWN:
        return repr(content)
    return f"{content[:_BYTES_SHOWN]!r}… {len(content)} bytes"
