"""Cases of several machines are judged in threads of one process: they must not see each other."""

from __future__ import annotations

import threading

from zxhil.model.facts import Fact, values_read


def test_values_that_another_thread_reads_are_not_noted():
    own, other = Fact(1), Fact(2)
    with values_read() as read:
        thread = threading.Thread(target=lambda: other.value)
        thread.start()
        thread.join()
        assert own.value == 1
    assert list(read) == [own]


def test_facts_are_noted_in_the_order_in_which_they_are_read():
    """What a report says of them must not depend on where they lie in memory."""
    facts = [Fact(number) for number in range(100)]
    with values_read() as read:
        for fact in reversed(facts):
            assert fact.value is not None
    assert list(read) == facts[::-1]


def test_blocks_of_two_threads_leave_nothing_behind():
    """The second block begins during the first and ends after it, if it can."""
    before = Fact.__dict__["value"]
    inside, first_ended = threading.Event(), threading.Event()
    facts = [Fact(1), Fact(2)]
    seen: list[set[Fact[int]]] = []

    def second() -> None:
        with values_read() as read:
            inside.set()
            first_ended.wait()
            assert facts[1].value == 2
        seen.append(set(read))

    thread = threading.Thread(target=second)
    with values_read() as read:
        thread.start()
        inside.wait(0.2)
        assert facts[0].value == 1
    first_ended.set()
    thread.join()
    assert list(read) == [facts[0]]
    assert seen == [{facts[1]}]
    assert Fact.__dict__["value"] is before
