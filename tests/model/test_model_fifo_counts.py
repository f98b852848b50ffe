"""How many elements wait in a FIFO where an answer left that open, and what is read then."""

from __future__ import annotations

import pytest
from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import Memory
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.kernel import Kernel
from zxhil.model.objects import Fifo

ELEMENTS = b"a1b2c3d4e5f6"
SHOULD_WAIT, INVALID = int(Status.ZX_ERR_SHOULD_WAIT), int(Status.ZX_ERR_INVALID_ARGS)


class Ends:
    """Both ends of a FIFO of four elements of two bytes; some wait at `reader`."""

    def __init__(self, waiting: int = 0) -> None:
        self.k = Kernel()
        self.writer, self.reader = self.k.fifo_create(elem_count=4, elem_size=2)
        if waiting:
            assert self.writes(waiting, waiting) == []

    def blamed(self, call: AnyCall, status: int, **outs: object) -> list[str]:
        return [each.id for each in self.k.observe(call, Outcome(status, outs)).blamed]

    def _write(self, count: int, **more: object) -> AnyCall:
        data = ELEMENTS[: 2 * count]
        return self.k.make(
            "fifo_write", handle=self.writer, elem_size=2, count=count, data=data, **more
        )

    def writes(self, count: int, actual: int | None, status: int = 0) -> list[str]:
        """Who is blamed; `actual` None: it was not asked for."""
        if actual is None:
            return self.blamed(self._write(count, actual_count=None), status)
        return self.blamed(self._write(count), status, actual_count=actual)

    def fails_to_write(self, count: int) -> None:
        bad = self._write(count, actual_count=Memory.INVALID)
        assert self.blamed(bad, INVALID) == []

    def _read(self, count: int, **more: object) -> AnyCall:
        return self.k.make("fifo_read", handle=self.reader, elem_size=2, count=count, **more)

    def reads(self, count: int, data: bytes | None) -> list[str]:
        """Who is blamed if a read gets these; None: there is nothing."""
        if data is None:
            return self.blamed(self._read(count), SHOULD_WAIT)
        outs = {"data": Sample(data), "actual_count": len(data) // 2}
        return self.blamed(self._read(count), 0, **outs)

    def reads_unseen(self, count: int) -> list[str]:
        """A read for which nothing was recorded."""
        return self.blamed(self._read(count, actual_count=None), 0)

    def fails_to_read(self, count: int) -> None:
        bad = self._read(count, actual_count=Memory.INVALID)
        assert self.blamed(bad, INVALID) == []

    @property
    def end(self) -> Fifo:
        end = self.k.state.object(self.reader)
        assert isinstance(end, Fifo)
        return end


@pytest.mark.parametrize(
    ("waiting", "asked", "left"), [(1, 2, b"a1a1b2"), (3, 3, b"a1b2c3a1"), (4, 1, None)]
)
def test_write_of_unknown_count_writes_all_that_there_is_room_for(
    waiting: int, asked: int, left: bytes | None
) -> None:
    ends = Ends(waiting)
    if left is None:
        assert ends.writes(asked, None) != [], "it was full"
        return
    assert ends.writes(asked, None) == []
    assert ends.reads(4, left) == []
    assert ends.reads(1, None) == []


@pytest.mark.parametrize(
    ("asked", "after", "right"),
    [
        (2, [b"c3"], True),
        (2, [b"c3", None], True),
        (2, [b"b2"], False),
        (2, [None], False),
        (4, [None], True),
        (4, [b"d4"], False),
    ],
)
def test_read_of_unknown_count_takes_all_that_there_is(
    asked: int, after: list[bytes | None], right: bool
) -> None:
    ends = Ends(3)
    assert ends.reads_unseen(asked) == []
    # What was read unseen is not compared, but how many it were is.
    found = [blamed for data in after for blamed in ends.reads(1, data)]
    assert (found == []) is (right or after == [b"b2"])


def test_elements_left_by_a_read_are_those_that_were_written() -> None:
    ends = Ends(3)
    assert ends.reads(1, b"a1") == []
    assert ends.reads(1, None) == ["fifo_write/written"]


@pytest.mark.parametrize("waiting", [0, 1, 4])
@pytest.mark.parametrize("count", [1, 2])
def test_failed_write_may_have_written_up_to_what_it_was_asked_to(waiting: int, count: int) -> None:
    before = ELEMENTS[: 2 * waiting]
    most = min(4, waiting + count)
    for left in range(6):
        ends = Ends(waiting)
        ends.fails_to_write(count)
        data = (before + ELEMENTS)[: 2 * left] or None
        assert (ends.reads(5, data) == []) is (waiting <= left <= most)
    ends = Ends(waiting)
    ends.fails_to_write(count)
    assert set(ends.end.waiting.possible) == set(range(waiting, most + 1))


@pytest.mark.parametrize(("waiting", "count"), [(3, 1), (3, 2), (1, 2), (0, 1)])
def test_failed_read_may_have_taken_up_to_what_it_was_asked_to(waiting: int, count: int) -> None:
    ends = Ends(waiting)
    ends.fails_to_read(count)
    assert set(ends.end.waiting.possible) == set(range(max(0, waiting - count), waiting + 1))
    for left in range(5):
        ends = Ends(waiting)
        ends.fails_to_read(count)
        data = ELEMENTS[: 2 * waiting][2 * (waiting - left) :] if left else None
        right = max(0, waiting - count) <= left <= waiting
        if left <= waiting:
            assert (ends.reads(4, data) == []) is right


def test_count_of_a_short_call_shows_how_many_waited() -> None:
    ends = Ends(3)
    ends.fails_to_read(1)
    assert ends.writes(3, 2) == []
    assert ends.end.waiting.value == 4
    ends = Ends(3)
    ends.fails_to_read(1)
    assert ends.writes(1, 1) == []
    assert set(ends.end.waiting.possible) == {3, 4}
    ends = Ends(3)
    ends.fails_to_read(2)
    assert ends.reads(2, b"c3") == []
    assert ends.end.waiting.value == 0


def test_order_of_what_was_written_after_a_doubt_is_not_compared() -> None:
    ends = Ends(1)
    ends.fails_to_write(1)
    assert ends.writes(1, 1) == []
    assert ends.reads(1, b"a1") == []
    assert ends.reads(1, b"zz") == [], "what the failed write wrote is unknown"


def test_empty_fifo_begins_anew() -> None:
    ends = Ends(1)
    ends.fails_to_write(1)
    assert ends.reads(4, b"a1zz") == []
    assert ends.reads(1, None) == []
    assert ends.writes(2, 2) == []
    assert "fifo_read/data_read" in ends.reads(2, b"zzb2")
    assert ends.end.waiting.value == 0


def test_nothing_is_expected_of_a_fifo_that_others_may_have_used() -> None:
    ends = Ends(3)
    ends.end.unseen = True
    assert ends.reads(2, b"zzzz") == [], "others may have used it"
    assert ends.reads(1, None) == []


def test_empty_fifo_shows_that_nothing_waits() -> None:
    ends = Ends(3)
    ends.k.state.change(ends.end.waiting, None, None)
    assert ends.reads(1, None) == []
    assert ends.end.waiting.value == 0
    assert ends.end.whole
    assert ends.writes(1, 1) == []
    assert "fifo_read/data_read" in ends.reads(1, b"zz")
    ends = Ends(3)
    ends.end.unseen = True
    ends.k.state.change(ends.end.waiting, None, None)
    assert ends.reads(1, None) == []
    assert ends.end.waiting.value is None, "others may write"


def test_full_fifo_of_another_object_is_not_known() -> None:
    ends = Ends()
    (other,) = ends.k.event_create()
    call = ends.k.make("fifo_write", handle=other, elem_size=2, count=1, data=b"xx")
    assert ends.blamed(call, int(Status.ZX_ERR_WRONG_TYPE)) == []
    bad = ends.k.make(
        "fifo_write", handle=other, elem_size=2, count=1, data=b"xx", actual_count=Memory.INVALID
    )
    assert ends.blamed(bad, INVALID) == []


@pytest.mark.parametrize(("actual", "right"), [(1, True), (4, True), (0, False), (5, False)])
def test_count_of_an_unknown_fifo_is_within_what_was_asked(actual: int, right: bool) -> None:
    ends = Ends()
    ends.end.unseen = True
    found = ends.writes(4, actual)
    assert (found == []) is right
    if not right:
        assert found == ["fifo_write/actual"]


def test_other_size_of_elements_is_refused_where_it_is_known() -> None:
    ends = Ends(1)
    call = ends.k.make("fifo_read", handle=ends.reader, elem_size=3, count=1)
    assert [each.id for each in ends.k.allowed(call).holds] == ["fifo_read/out_of_range_size"]
    (other,) = ends.k.event_create()
    call = ends.k.make("fifo_read", handle=other, elem_size=3, count=1)
    assert [each.id for each in ends.k.allowed(call).holds] == ["fifo_read/wrong_type"]


def test_only_the_elements_that_there_is_room_for_must_be_readable() -> None:
    def write(count: int) -> AnyCall:
        return ends.k.make(
            "fifo_write", handle=ends.writer, elem_size=2, count=count, data=Memory.INVALID
        )

    ends = Ends(2)
    assert ends.blamed(write(2), 0, actual_count=2) == ["fifo_write/invalid_args_data"]
    ends = Ends(3)
    assert ends.blamed(write(1), 0, actual_count=1) == ["fifo_write/invalid_args_data"]
    ends = Ends(3)
    assert ends.blamed(write((1 << 64) - 1), 0, actual_count=1) == []
    ends = Ends(3)
    assert ends.blamed(write((1 << 64) - 1), INVALID) == []
