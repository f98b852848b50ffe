"""Whose call a record shows, and when: what stands before the body of `C` and `R` (docs/trace.md).

First the thread, a character that nothing else begins with; none for thread 0. Then the time since
the last record of the case that has one, in digits of five bits, the first the highest: all but
the last digit have a sixth bit. Times are counted in units of 2^TIME_SHIFT ns. A call's is rounded
down and its return's up, so the call was made after the one and was back before the other.
"""

from __future__ import annotations

from zxhil.abi.runtime import MOST_THREADS, TIME_SHIFT

_UNIT = 1 << TIME_SHIFT
_DIGIT = ord("0")
_MORE = 32
#: Before the characters of the threads, from 1 on.
_THREAD = ord(" ")
#: Twice 2^63 ns, in digits.
_MOST_DIGITS = 11

#: What records of an older version have: thread, digits' value, and where the body begins.
NONE = 0, 0, 0


def taken(body: str) -> tuple[int, int, int]:
    """Return thread, digits' value, and where the rest of the body begins.

    Raises ValueError or IndexError for what is no stamp.
    """
    thread = at = 0
    digit = ord(body[0]) - _DIGIT
    if 0 <= digit < _MORE:
        return 0, digit, 1
    if _MORE <= digit < 2 * _MORE and 0 <= (last := ord(body[1]) - _DIGIT) < _MORE:
        # Most have two digits.
        return 0, (digit - _MORE) << 5 | last, 2
    if digit < 0:
        thread, at = digit + _DIGIT - _THREAD, 1
        if not 0 < thread <= MOST_THREADS:
            raise ValueError(f"thread {thread}")
        digit = ord(body[1]) - _DIGIT
    value, last = 0, at + _MOST_DIGITS
    while _MORE <= digit < 2 * _MORE and at < last:
        value = value << 5 | digit - _MORE
        at += 1
        digit = ord(body[at]) - _DIGIT
    if not 0 <= digit < _MORE:
        raise ValueError("a time that has no end")
    return thread, value << 5 | digit, at + 1


def spelled(thread: int, value: int) -> str:
    """The stamp of a thread and the value that `Clock` gives."""
    digits = chr(_DIGIT + value % _MORE)
    while value := value >> 5:
        digits = chr(_DIGIT + _MORE + value % _MORE) + digits
    return (chr(_THREAD + thread) if thread else "") + digits


class Clock:
    """The times of one case's records, in their order.

    A call may be made within the unit in which the one before it returned: so its value is one
    more than the difference. The value 0 of the first call means that there is no clock.
    """

    def __init__(self) -> None:
        self._last = 0
        self._known = True

    def called(self, value: int) -> int:
        """The time of a call in ns, of its digits' value; 0 if it is not known."""
        if not self._last and not value:
            self._known = False
        self._last += value - 1 if self._known else 0
        return self._last * _UNIT if self._known else 0

    def returned(self, value: int) -> int:
        """The time of a return, likewise."""
        self._last += value if self._known else 0
        return self._last * _UNIT if self._known else 0

    def of_call(self, time: int) -> int:
        """The value of a call made at this time, not before the last return."""
        if not time:
            return 0
        value = max(time // _UNIT - self._last + 1, 0)
        self._last += value - 1
        return value

    def of_return(self, time: int) -> int:
        """The value of a return at this time, likewise."""
        if not time:
            return 0
        value = max(-(-time // _UNIT) - self._last, 0)
        self._last += value
        return value
