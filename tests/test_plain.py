"""A shortcut of `clean_json` changes nothing: with the JSON text at hand the result is the same."""

from __future__ import annotations

import copy
import json

import pytest
from zxhil.plain import clean_json

VALUES = {
    "plain": {"a": ["b", {"c": "d"}]},
    "escape": {"a": "\x1b[2J"},
    "DEL": {"a": "x\x7fy"},
    "bidi": {"a": "\u202e"},
    "name": {"\u202e": 1},
    "long": {"a": "x" * 70_000},
}


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("name", VALUES)
def test_json_with_its_source_is_cleaned_as_without(name: str, escaped: bool) -> None:
    value = VALUES[name]
    source = json.dumps(value, ensure_ascii=escaped).encode()
    alone, beside = copy.deepcopy(value), copy.deepcopy(value)
    clean_json(alone)
    clean_json(beside, source)
    assert beside == alone
    assert (alone == value) is (name == "plain")
