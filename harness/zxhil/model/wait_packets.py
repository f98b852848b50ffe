"""Which packets asynchronous waits queue: the signals of their objects, after each call."""

from __future__ import annotations

from zxhil.model.facts import Expectation, Fact
from zxhil.model.packets import KernelPort, Packet, Wait
from zxhil.model.pages.object_wait_async import ends_when_closed, once, queued, repeating
from zxhil.model.signals import Asserted, asserted
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES

_CLOSING = ("handle_close", "handle_close_many")
_ALL = 0xFFFFFFFF


def look(s: State) -> None:
    """After a call: which signals are asserted now, and which packets do waits queue for them?"""
    for port in s.ports:
        for wait in port.waits:
            _look_at(s, port, wait)
        port.waits = [w for w in port.waits if (w.pending, w.loose) != (NO, NO) or w.over]
    s.ports = [port for port in s.ports if port.waits]


def _look_at(s: State, port: KernelPort, wait: Wait) -> None:
    now = Asserted(0, _ALL) if wait.object is None else asserted(s, wait.object)
    if wait.pending != NO:
        _check_handle(wait)
    if wait.over is not None:
        _after_its_end(s, port, wait, now)
    elif wait.pending != NO:
        (_repeats if wait.repeating else _once)(s, port, wait, now)
    wait.before = now.yes | now.maybe


def _check_handle(wait: Wait) -> None:
    """The wait ends when its handle is closed; no page says what else that leaves does to it."""
    live = wait.entry.live
    if live.value is True:
        return
    origin = live.origin
    if live.value is None or origin is None or origin.clause.page not in _CLOSING:
        wait.pending = MAYBE
    elif wait.pending == YES:
        wait.end(Expectation(origin.call, ends_when_closed))
    else:
        wait.pending = NO


def _after_its_end(s: State, port: KernelPort, wait: Wait, now: Asserted) -> None:
    """A signal is asserted that would have queued a packet: there should be none."""
    if now.yes & wait.signals & ~wait.before and wait.over is not None:
        packet = Packet(None, wait, _fact(s, False, wait.over))
        packet.most = now.yes | now.maybe
        port.queue.append(packet)
        wait.over = None


def _once(s: State, port: KernelPort, wait: Wait, now: Asserted) -> None:
    if now.yes & wait.signals:
        if wait.pending == YES:
            _queue(s, port, wait, now)
            wait.end(Expectation(wait.call, once))
        else:
            _perhaps(wait, now)
        wait.pending = NO
    elif now.maybe & wait.signals:
        _perhaps(wait, now)


def _repeats(s: State, port: KernelPort, wait: Wait, now: Asserted) -> None:
    """No page says if a signal that stays asserted queues a packet again, once one was read."""
    if not (now.yes | now.maybe) & wait.signals:
        return
    waiting = next((p for p in port.queue if p.wait is wait and p.present.value is not False), None)
    edge = bool(now.yes & wait.signals & ~wait.before) and wait.pending == YES
    if waiting is not None and waiting.present.value is True:
        if now.yes & wait.signals and wait.pending == YES:
            waiting.least |= now.yes
        waiting.most |= now.yes | now.maybe
    elif edge and waiting is None:
        _queue(s, port, wait, now)
    else:
        _perhaps(wait, now)


def _perhaps(wait: Wait, now: Asserted) -> None:
    wait.loose = MAYBE
    wait.most |= now.yes | now.maybe


def _queue(s: State, port: KernelPort, wait: Wait, now: Asserted) -> None:
    clause = repeating if wait.fired else queued
    wait.fired = True
    packet = Packet(None, wait, _fact(s, True, Expectation(wait.call, clause)))
    packet.early = wait.loose != NO
    packet.least = 0 if packet.early else now.yes
    packet.most = now.yes | now.maybe | wait.most
    wait.loose, wait.most = NO, 0
    port.queue.append(packet)


def _fact(s: State, value: bool, why: Expectation) -> Fact[bool]:
    """A fact that an earlier call than the one that is applied is to answer for."""
    fact: Fact[bool] = s.fact(value, why.clause)
    if fact.expectation is not None:
        fact.expectation = fact.origin = why
    return fact
