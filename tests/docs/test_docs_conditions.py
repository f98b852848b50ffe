"""How one error sentence comes apart."""

from __future__ import annotations

import pytest
from docs_facts import texts, with_errors

SPLIT = [
    ("*handle* is rusty.", ["handle is rusty"]),
    (
        "*handle* is rusty, *data* is stale, or there is no grease on *out*.",
        ["handle is rusty", "data is stale", "there is no grease on out"],
    ),
    ("*handle* or *out* is rusty.", ["handle is rusty", "out is rusty"]),
    (
        "The handle *handle* or *out* is rusty.",
        ["The handle handle is rusty", "The handle out is rusty"],
    ),
    ("Either *data* or *out* is NULL.", ["data is NULL", "out is NULL"]),
    (
        "*data*, *len*, or *out* was stale, or *options* was odd.",
        ["data was stale", "len was stale", "out was stale", "options was odd"],
    ),
    (
        "If any of *data*, *len* or *out* are stale but needed.",
        ["data are stale but needed", "len are stale but needed", "out are stale but needed"],
    ),
    ("*handle* lacks a wheel or *out* lacks a nut.", ["handle lacks a wheel", "out lacks a nut"]),
    ("*len* is zero or exceeds the limit.", ["len is zero", "len exceeds the limit"]),
    ("*handle* is turning or has turned.", ["handle is turning", "handle has turned"]),
    (
        "*handle* was a handle to the same widget as *out* or to its twin.",
        ["handle was a handle to the same widget as out", "handle was a handle to its twin"],
    ),
    (
        "*data* is an invalid pointer or NULL or *options* is not among the flags known.",
        ["data is an invalid pointer or NULL", "options is not among the flags known"],
    ),
    ("The height of *handle* or *out* is too large.", None),
    (
        "Either (a) *options* has a bit and the widget has none, or (b) turning is disabled.",
        ["options has a bit and the widget has none", "turning is disabled"],
    ),
    (
        "*handle* was closed while turning or `zx_widget_stop()` was called on it.",
        ["handle was closed while turning", "zx_widget_stop() was called on it"],
    ),
    (
        "*len* is odd, a stale size or pointer was passed, or *options* is odd.",
        ["len is odd", "a stale size or pointer was passed", "options is odd"],
    ),
]

SPLIT += [
    (
        "*len* is odd, or a wheel that is bent lacks grease.",
        ["len is odd", "a wheel that is bent lacks grease"],
    ),
    ("*data* or *out* a null pointer.", ["data a null pointer", "out a null pointer"]),
    (
        "*len* is odd, or one or more of the wheels is bent.",
        ["len is odd", "one or more of the wheels is bent"],
    ),
    (
        "*len* is odd, *data* is stale, and *out* is NULL, or *handle* is rusty.",
        ["len is odd, data is stale, and out is NULL", "handle is rusty"],
    ),
    ("*len* &lt; 4 is given, or *data* is &amp;.", ["len < 4 is given", "data is &"]),
]

WHOLE = [
    "*options* was **ZX_A**, the widget is old, and the wheel was not greased.",
    "*len* is odd, unless the wheel is bent.",
    "*handle* is not a wheel, an axle, or a spoke when it is bent.",
    "*handle* is not a wheel or an axle that is greased.",
    "*len* is approx. four.",
    "*len* is odd, that is, it is one or it is three.",
    "*handle* is not a *Wheel*, *Axle*, or *Spoke*.",
    "*options* is not one of **ZX_A** or **ZX_B**.",
    "*options* is any value other than **ZX_A** or **ZX_B**.",
    "One or more of the widgets does not have grease.",
    "*handle* does not have **ZX_RIGHT_WAIT** and may not be turned.",
    "*handle* is stuck (e.g., it is rusty, or the axle is bent).",
    "*handle* is stuck, for example, it is rusty or there is no axle.",
    "*options* is odd when neither **ZX_A** nor **ZX_B** is given.",
    "*options* is odd when **ZX_A** or **ZX_B** is given.",
    "*options* was **ZX_A**, the widget is old and the wheel was not greased.",
    "*options* is one of **ZX_A** or **ZX_B** but *len* is not 0.",
    "Failure to find grease.",
    "*handle* refers to a widget that is broken or is lost.",
    "A wheel with the same *data* and *len* already exists.",
]


@pytest.mark.parametrize(("sentence", "expected"), SPLIT)
def test_sentence_is_split_into_conditions(sentence: str, expected: list[str] | None) -> None:
    expected = expected or [
        "The height of handle is too large",
        "The height of out is too large",
    ]
    assert texts(with_errors(f"**ZX_ERR_INVALID_ARGS**  {sentence}")) == expected


@pytest.mark.parametrize("sentence", WHOLE)
def test_sentence_stays_whole(sentence: str) -> None:
    expected = sentence.rstrip(".").replace("*", "")
    assert texts(with_errors(f"**ZX_ERR_INVALID_ARGS**  {sentence}")) == [expected]


def test_wrapped_lines_do_not_matter() -> None:
    wrapped = "**ZX_ERR_INVALID_ARGS**  *data*\nis stale, or\n    *options*\nis odd."
    assert texts(with_errors(wrapped)) == ["data is stale", "options is odd"]


def test_mere_comment_is_a_remark() -> None:
    found = with_errors(
        "**ZX_ERR_NO_MEMORY**  Nothing left.\nThere is no good way to go on from this.\n"
        "In a future release this goes away.\nAlso note that *len* is not returned if odd."
    )
    (error,) = found.errors
    assert [each.text for each in error.conditions] == ["Nothing left"]
    assert len(error.remarks) == 3


def test_remark_has_single_spaces() -> None:
    found = with_errors("**ZX_ERR_NO_MEMORY**  Nothing left.\nThere is no good way\n     to go on.")
    assert found.errors[0].remarks == ("There is no good way to go on.",)


def test_comment_does_not_cut_a_sentence() -> None:
    assert texts(with_errors("**ZX_ERR_INVALID_ARGS**  *len* is\n<!-- by hand -->\nodd.")) == [
        "len is odd"
    ]


def test_status_repeated_in_its_entry() -> None:
    found = with_errors(
        "**ZX_ERR_INVALID_ARGS**  *len* is odd.\n**ZX_ERR_INVALID_ARGS** is also returned if "
        "*data* is stale."
    )
    assert len(found.errors) == 1
    assert texts(found) == ["len is odd", "data is stale"]


def test_consequence_is_a_remark() -> None:
    found = with_errors("**ZX_ERR_INVALID_ARGS** *len* is odd. If *len* is 3, then it is rounded.")
    (error,) = found.errors
    assert [each.text for each in error.conditions] == ["len is odd"]
    assert error.remarks == ("If len is 3, then it is rounded.",)


def test_further_sentence_that_says_when_is_a_condition() -> None:
    found = with_errors(
        "**ZX_ERR_INVALID_ARGS**  *len* is odd.\nIf the **ZX_A** option is given,\n"
        "**ZX_ERR_INVALID_ARGS** will be produced if the *data* field is stale or if *out* is odd."
    )
    assert texts(found) == [
        "len is odd",
        "If the ZX_A option is given, the data field is stale",
        "If the ZX_A option is given, out is odd",
    ]


def test_otherwise_adds_a_condition() -> None:
    found = with_errors("**ZX_ERR_INVALID_ARGS**  *len* is odd. Otherwise, the axle is bent.")
    assert texts(found) == ["len is odd", "the axle is bent"]


def test_list_below_a_status() -> None:
    found = with_errors(
        "**ZX_ERR_INVALID_ARGS**  One of the following is true:\n"
        "+ Either *data* or *out* is stale\n+ *len* is odd\n\n"
        "**ZX_ERR_BAD_STATE**  *handle* is lost."
    )
    assert texts(found) == ["data is stale", "out is stale", "len is odd"]
    assert texts(found, "ZX_ERR_BAD_STATE") == ["handle is lost"]


def test_or_at_the_end_of_a_lists_item() -> None:
    found = with_errors("**ZX_ERR_INVALID_ARGS** Either:\n1. *len* is odd, or\n2. it is bent.")
    assert texts(found) == ["len is odd", "it is bent"]


def test_all_of_a_list_is_one_condition() -> None:
    found = with_errors(
        "**ZX_ERR_INVALID_ARGS**  All of the following are true:\n- *len* is odd\n- *data* is stale"
    )
    assert texts(found) == ["len is odd and data is stale"]
    found = with_errors(
        "**ZX_ERR_INVALID_ARGS** *out* is NULL.\n\nOr all of the following:\n- *len* is odd\n"
        "- *data* is stale\n- *options* is odd"
    )
    assert texts(found) == ["out is NULL", "len is odd and data is stale and options is odd"]


def test_places_of_shared_words() -> None:
    found = with_errors("**ZX_ERR_INVALID_ARGS** The handle *handle* or *out* is rusty.")
    first, second = found.errors[0].conditions
    assert (first.column, first.end_column) == (37, 62)
    assert (second.column, second.end_column) == (49, 62)


def test_verb_that_is_in_no_list() -> None:
    found = with_errors("**ZX_ERR_INVALID_ARGS** *len* is odd, *data* mumbles, or *out* sings.")
    assert texts(found) == ["len is odd", "data mumbles", "out sings"]


def test_operator_at_line_start_is_no_list() -> None:
    found = with_errors("**ZX_ERR_INVALID_ARGS** *len*\n* *options*\nis greater than 4096.")
    assert texts(found) == ["len * options is greater than 4096"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "*len* was **ZX_A**, the bag is held by a hook and the hook encountered a fault.",
            ["len was ZX_A, the bag is held by a hook and the hook encountered a fault"],
        ),
        (
            "*options* is **ZX_A** or **ZX_B** and *handle* has been removed.",
            ["options is ZX_A or ZX_B and handle has been removed"],
        ),
        (
            "The task is already ending or ended and cannot be paused.",
            ["The task is already ending or ended and cannot be paused"],
        ),
        (
            "*handle* or *out* is not a door or a key, respectively.",
            ["handle is not a door", "out is not a key"],
        ),
        (
            "*handle* or *out* is not a door or key, respectively.",
            ["handle is not a door", "out is not a key"],
        ),
        (
            "*handle* or *out* is not a door or key or lock, respectively.",
            [
                "handle is not a door or key or lock, respectively",
                "out is not a door or key or lock, respectively",
            ],
        ),
    ],
)
def test_facts_that_hold_together_are_one_condition(said: str, expected: list[str]) -> None:
    assert texts(with_errors(f"**ZX_ERR_INVALID_ARGS**  {said}")) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("*len* is 0 or not aligned.", ["len is 0", "len is not aligned"]),
        ("*len* is zero or greater than 64.", ["len is zero", "len is greater than 64"]),
        ("*len* is ten or greater.", ["len is ten or greater"]),
        (
            "The fence can't move because the gate is open, has holes, or is a gate of its own.",
            [
                "The fence can't move because the gate is open",
                "The fence can't move because the gate has holes",
                "The fence can't move because the gate is a gate of its own",
            ],
        ),
        (
            "*handle* is either closed, or a handle to something that is no gate.",
            ["handle is either closed", "handle is a handle to something that is no gate"],
        ),
        # A noun that the alternatives share, a value among several, and a fact that holds for both.
        ("*handle* is a rusty or bent gate.", ["handle is a rusty or bent gate"]),
        ("*options* is **ZX_A** or **ZX_B**.", ["options is ZX_A or ZX_B"]),
        ("*handle* is not rusty or bent.", ["handle is not rusty or bent"]),
        ("*len* is bent, or dry, and cannot turn.", ["len is bent, or dry, and cannot turn"]),
    ],
)
def test_alternatives_of_one_subject_are_conditions(said: str, expected: list[str]) -> None:
    assert texts(with_errors(f"**ZX_ERR_INVALID_ARGS**  {said}")) == expected
