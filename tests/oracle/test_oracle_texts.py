"""Sentences that the text of a kernel's age, or the user's page, does not state."""

from __future__ import annotations

from pathlib import Path

import pytest
from zxhil.abi.ages import Age
from zxhil.abi.objects import InfoTopic
from zxhil.abi.status import Status
from zxhil.docs.parse import parse_tree
from zxhil.docs.statuses import DocumentedStatuses, user_pages
from zxhil.model import since
from zxhil.model.clause import Outcome
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.oracle.simulate import Simulation
from zxhil.trace.records import TraceReader

#: Before and after 2018-06-19, when the page began to say what a failed write does to handles.
BEFORE, AFTER = Age(0, 20180101), Age(20180701)
SENTENCE = "channel_write/discarded_on_failure"


PAGE = """# zx_channel_write

## SYNOPSIS

```
zx_status_t zx_channel_write(zx_handle_t handle, uint32_t options, const void* bytes,
                             uint32_t num_bytes, const zx_handle_t* handles,
                             uint32_t num_handles);
```

## DESCRIPTION

{text}

## ERRORS

**ZX_ERR_BAD_HANDLE**  *handle* is not a valid handle.

**ZX_ERR_PEER_CLOSED**  The other side of the channel is closed.

**ZX_ERR_INVALID_ARGS**  {invalid}

## SEE ALSO

[channel_read](channel_read.md).
"""


def kept_handle() -> bytes:
    """A write to a closed peer that leaves its handle with the process."""
    trace = Simulation()
    with trace.case("it") as k:
        a, b = k.channel_create()
        k.handle_close(b)
        (event,) = k.event_create()
        lost = k.make("channel_write", handle=a, handles=[event])
        k.observe(lost, Outcome(Status.ZX_ERR_PEER_CLOSED, {}))
        k.observe(k.make("handle_close", handle=event), Outcome(0, {}))
    return trace.finish()


def accepted_options() -> bytes:
    """A write with options of 1 that succeeds."""
    trace = Simulation()
    with trace.case("it") as k:
        a, _ = k.channel_create()
        k.observe(k.make("channel_write", handle=a, options=1), Outcome(0, {}))
    return trace.finish()


def judged(
    trace: bytes,
    age: Age = Age(),  # noqa: B008 - immutable
    documented: dict[str, DocumentedStatuses] | None = None,
    claims: tuple[str, ...] = (),
    standin: bool = False,
) -> CaseResult:
    cases = {"it": CaseInfo("simulated", "it", claims, "")}
    oracle = Oracle("simulated", cases, documented, None, age, standin=standin)
    (result,) = oracle.feed(TraceReader().feed(trace))
    return result


def blamed(result: CaseResult) -> list[str]:
    return [each.blamed[0] for each in result.divergences]


def page(
    folder: Path, text: str = "", invalid: str = "*options* is nonzero."
) -> dict[str, DocumentedStatuses]:
    (folder / "channel_write.md").write_text(PAGE.format(text=text, invalid=invalid))
    return user_pages(parse_tree(folder)).lists


def test_effect_is_demanded_only_of_kernels_whose_pages_state_it() -> None:
    assert blamed(judged(kept_handle(), AFTER)) == [SENTENCE]
    assert blamed(judged(kept_handle())) == [SENTENCE]
    assert blamed(judged(kept_handle(), BEFORE)) == []


def test_standin_is_of_the_age_of_the_clauses_whatever_version_it_reports() -> None:
    assert blamed(judged(kept_handle(), BEFORE, standin=True)) == [SENTENCE]


def test_claim_of_a_sentence_that_no_page_states_makes_no_case_vacuous() -> None:
    trace = Simulation()
    with trace.case("it") as k:
        k.event_create()
    assert judged(trace.finish(), claims=(SENTENCE,)).end is CaseEndKind.VACUOUS
    trace = Simulation()
    with trace.case("it") as k:
        k.event_create()
    assert judged(trace.finish(), BEFORE, claims=(SENTENCE,)).end is CaseEndKind.PASSED


def test_error_that_the_users_page_does_not_state_need_not_come(tmp_path: Path) -> None:
    assert blamed(judged(accepted_options())) == ["channel_write/invalid_args_options"]
    stated = page(tmp_path)
    assert blamed(judged(accepted_options(), documented=stated)) == [
        "channel_write/invalid_args_options"
    ]
    # The status is listed, for another reason.
    other = page(tmp_path, invalid="*bytes* is an invalid pointer.")
    assert judged(accepted_options(), documented=other).divergences == ()


def test_users_page_goes_before_the_kernels_age(tmp_path: Path) -> None:
    said = "On any failure the handles are discarded, and the caller no longer has them."
    assert SENTENCE in page(tmp_path)["channel_write"].unstated
    assert judged(kept_handle(), AFTER, page(tmp_path)).divergences == ()
    stating = page(tmp_path, said)
    assert blamed(judged(kept_handle(), BEFORE, stating)) == [SENTENCE]


@pytest.mark.parametrize(
    ("age", "demanded"), [(Age(), False), (BEFORE, False), (Age(20190801), True)]
)
def test_sentence_of_a_later_page_is_demanded_of_later_kernels(
    monkeypatch: pytest.MonkeyPatch, age: Age, demanded: bool
) -> None:
    monkeypatch.setitem(since.SINCE, "channel_write/invalid_args_options", 20190715)
    assert bool(judged(accepted_options(), age).divergences) is demanded


def test_sentence_that_is_gone_is_not_demanded_of_later_kernels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(since.UNTIL, "channel_write/invalid_args_options", 20190715)
    assert judged(accepted_options()).divergences
    assert judged(accepted_options(), Age(20190801)).divergences == ()


@pytest.mark.parametrize(
    ("age", "diverges"),
    [(BEFORE, False), (Age(20180701, 20180801), False), (Age(20181001, 20181101), True)],
)
def test_topic_may_be_missing_only_where_the_page_does_not_have_it(
    age: Age, diverges: bool
) -> None:
    """ZX_INFO_VMO is on the pages since 2018-09-20."""
    trace = Simulation()
    with trace.case("it") as k:
        (vmo,) = k.vmo_create(0)
        call = k.make("object_get_info", handle=vmo, topic=int(InfoTopic.VMO), buffer_size=200)
        k.observe(call, Outcome(Status.ZX_ERR_NOT_SUPPORTED, {}))
    assert blamed(judged(trace.finish(), age)) == diverges * ["object_get_info/not_supported"]
