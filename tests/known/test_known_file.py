from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from zxhil.errors import UserError
from zxhil.known.file import parse
from zxhil.known.layout import blocks, line_of
from zxhil.known.load import load

PATH = Path("known.toml")
ENTRY = '[[divergence]]\nclause = "channel_write/peer_closed"\nreason = "so"\n'


def test_an_entry_is_read_with_its_lines() -> None:
    text = (
        "# a comment\n\n[[divergence]]  # [[divergence]]\n"
        "clause = 'channel_write/*'\n"
        'case = [\n    "channel_write/a",  # "channel_write/x"\n\n    "channel_write/b",\n]\n'
        'arch = ["x64", "arm64"]\nkernel = "git-50d"\nkind = "wrong error"\n'
        'status = "ZX_ERR_BAD_STATE"\n'
        'reason = """\n[[divergence]]\ncase = "no key" """\n'
        'link = "https://example.org/1"\n'
        "# the next one's comment\n" + ENTRY
    )
    first, second = parse(text, PATH).entries
    assert (first.line, first.last_line) == (3, 17)
    assert first.clause == ("channel_write/*",)
    assert first.case == ("channel_write/a", "channel_write/b")
    assert first.case_lines == (6, 8)
    assert first.arch == ("x64", "arm64")
    assert (first.kernel, first.kind) == (("git-50d",), ("wrong error",))
    assert first.status == ("ZX_ERR_BAD_STATE",)
    assert first.link == "https://example.org/1"
    assert second.line == 19
    assert second.case == second.arch == ()


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("x = ", "known.toml", "is not TOML"),
        ("x = 1", "known.toml", "has a key 'x'"),
        ("divergence = 1", "known.toml", "not a list of tables"),
        ("divergence = [{page = 'a', reason = 'b'}]", "known.toml", "is not written as"),
        (ENTRY + "case = 1\n", "known.toml:1", "case is neither"),
        (ENTRY + 'case = [""]\n', "known.toml:1", "case is neither"),
        (ENTRY + "link = 1\n", "known.toml:1", "link is not a string"),
        (ENTRY + "colour = 1\n", "known.toml:1", "unknown key 'colour'"),
        ('\n[[divergence]]\nclause = "a/b"\n', "known.toml:2", "has no reason"),
        ('[[divergence]]\nclause = "a/b"\nreason = " "\n', "known.toml:1", "has no reason"),
        ('[[divergence]]\nreason = "so"\n', "known.toml:1", "names no page, clause or case"),
        (ENTRY + 'kind = "wrong"\n', "known.toml:1", "'wrong' is not a kind"),
        (ENTRY + 'kind = "conforms"\n', "known.toml:1", "'conforms' is not a kind"),
        (ENTRY + 'kind = "lost"\n', "known.toml:1", "'lost' is not a kind"),
        (ENTRY + 'kind = "hung"\n', "known.toml:1", "names no case"),
        (ENTRY + 'arch = "x86"\n', "known.toml:1", "'x86' is not an architecture"),
        (ENTRY + 'kernel = ">=git-1"\n', "known.toml:1", "is not a range"),
        (ENTRY + ENTRY + 'arch = "x86"\n', "known.toml:4", "'x86' is not an architecture"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(text: str, place: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text, PATH)
    assert caught.value.place == place
    assert problem in caught.value.problem


def test_a_file_that_cant_be_read_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't be read"):
        load(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xff\n")
    with pytest.raises(UserError, match="is not UTF-8"):
        load(tmp_path / "latin.toml")


def test_line_ends_of_windows_count_once(tmp_path: Path) -> None:
    path = tmp_path / "known.toml"
    path.write_bytes(b"# x\r\n" + ENTRY.replace("\n", "\r\n").encode())
    assert load(path).entries[0].line == 2


STRINGS = (
    r'"a \" ] # b"',
    "'a \" ] # b'",
    r"'a\'",
    '"""a " ]\n[[divergence]]\n# b\\""" ""\n"""',
    '"""ends in quotes""\n"""""',
    "'''a ' ]\n[[divergence]]'''",
    '["a", # ] "\n "b" ]',
    '[["a"], ["b"]]',
    '{ a = "]", b = 1 }',
    "2018-12-29",
)


@pytest.mark.parametrize("value", STRINGS)
def test_no_value_hides_or_makes_a_table(value: str) -> None:
    text = f'[[divergence]]\na = {value} # c\nb = "x"\n\n# d\n[[divergence]]\nb = 2\n'
    data = tomllib.loads(text)["divergence"]
    found = blocks(text)
    assert len(found) == len(data) == 2
    assert set(found[0].values) == {"a", "b"}
    place = found[0].values["a"]
    assert text[place.start : place.end] == value
    place = found[0].values["b"]
    assert text[place.start : place.end] == '"x"'
    assert line_of(text, found[1].start) == text[: text.rindex("[[")].count("\n") + 1


def test_the_elements_of_an_array_are_found() -> None:
    text = '[[x]]\na = ["one", \'two\', # "no"\n"""three""""]\n'
    place = blocks(text)[0].values["a"]
    assert [text[a:b] for a, b in place.strings] == ['"one"', "'two'", '"""three""""']
