"""The C prototypes of a synopsis."""

from __future__ import annotations

import re
from collections.abc import Iterable

from zxhil.docs.forms import PageLine
from zxhil.docs.page import PageParameter, Problem, Synopsis

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|^\s*#[^\n]*", re.S | re.M)
_TYPE = r"(?:const\s+)?(?:\w+_t|void|bool|(?:unsigned\s+)?int)[\s*]+"
_PROTOTYPE = re.compile(
    # From the start of a word, and of few: or a page costs the square of its length.
    r"(?<!\w)(?:(?P<returns>(?:[A-Za-z_]\w*[\s*]+){1,8}?)(?P<name>_?(?:zx|mx)_\w+)"
    rf"|(?P<type>{_TYPE})(?P<bare>[a-z_]\w*))"
    r"\s*\((?P<arguments>[^()]*)\)"
)
_LAST_WORD = re.compile(r"^(?P<type>.*?[\s*])(?P<name>[A-Za-z_]\w*)(?P<array>(?:\s*\[[^\]]*\])*)$")
_NEXT_TYPE = re.compile(
    r"(?<=\s)(?:const\s+)?(?:\w+_t|void|bool|(?:unsigned\s+)?int|char)[\s*]+(?=\w)"
)
_KEYWORDS = frozenset(
    ("const", "unsigned", "signed", "long", "short", "struct", "volatile", "void", "int", "char")
)
_ATTRIBUTES = frozenset(("extern", "static", "inline", "__NO_RETURN", "_Noreturn", "[[noreturn]]"))


def prototypes(lines: Iterable[PageLine]) -> tuple[tuple[Synopsis, ...], tuple[Problem, ...]]:
    """Every prototype in `lines`, with what could not be understood."""
    body: list[str] = []
    numbers: list[int] = []
    for line in lines:
        body.append(line.text + "\n")
        numbers.extend([line.number] * (len(line.text) + 1))
    text = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), "".join(body))
    found: list[Synopsis] = []
    problems: list[Problem] = []
    for match in _PROTOTYPE.finditer(text):
        name = match["name"] or match["bare"]  # some pages left the prefix out
        number = numbers[match.start("arguments") - 1]
        parameters = []
        for argument in match["arguments"].split(","):
            words = " ".join(argument.split())
            if words in ("", "void"):
                continue
            each = _without_comma(words)
            if len(each) > 1:
                what = f"no comma between the parameters `{each[0]}` and `{each[1]}`"
                problems.append(Problem(number, what))
            for one in each:
                parameter = _parameter(one)
                if parameter is None:
                    problems.append(Problem(number, f"parameter `{one}` has no name or no type"))
                else:
                    parameters.append(parameter)
        returns = " ".join(
            word for word in (match["returns"] or match["type"]).split() if word not in _ATTRIBUTES
        )
        found.append(Synopsis(returns, name.lstrip("_"), tuple(parameters), number))
    return tuple(found), tuple(problems)


def _without_comma(words: str) -> list[str]:
    """The parameters in what should be one: a type after a type and a name begins another."""
    for match in _NEXT_TYPE.finditer(words):
        before = _LAST_WORD.match(words[: match.start()].rstrip())
        if before and before["name"] not in _KEYWORDS:
            return [words[: match.start()].rstrip(), *_without_comma(words[match.start() :])]
    return [words]


def _parameter(words: str) -> PageParameter | None:
    match = _LAST_WORD.match(words)
    if match is None:
        return None
    kind = re.sub(r"\s*(\*+)\s*", r"\1 ", match["type"]).strip()
    return PageParameter(kind + match["array"].replace(" ", ""), match["name"])
