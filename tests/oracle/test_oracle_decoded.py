"""Values of a call by name: arguments, outputs, and the records of zx_object_get_info."""

from __future__ import annotations

import re
import struct

import pytest
from zxhil.abi.calls import BY_NAME, CALLS
from zxhil.abi.constants import argument_name, signals_name
from zxhil.abi.header import zx_header
from zxhil.abi.kinds.records import records_text
from zxhil.abi.objects import InfoTopic, ObjType
from zxhil.model.clause import Outcome
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import JudgedCall
from zxhil.oracle.simulate import Simulation
from zxhil.trace.records import TraceReader


def calls_of(simulation: Simulation) -> list[JudgedCall]:
    (result,) = Oracle("p").feed(TraceReader().feed(simulation.finish()))
    return list(result.calls)


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("EVENT", 8, "ZX_EVENT_SIGNALED"),
        ("EVENTPAIR", 12, "ZX_EVENTPAIR_SIGNALED|ZX_EVENTPAIR_PEER_CLOSED"),
        ("PROCESS", 8, "ZX_TASK_TERMINATED"),
        ("SOCKET", 0x82, "ZX_SOCKET_WRITABLE|ZX_SOCKET_CONTROL_WRITABLE"),
        ("SOCKET", 0xFF000004, "ZX_SOCKET_PEER_CLOSED|ZX_USER_SIGNAL_ALL"),
        ("CHANNEL", 1 << 23, "ZX_SIGNAL_HANDLE_CLOSED"),
        ("EVENT", 0x40000001, "ZX_USER_SIGNAL_6|0x1"),
        (None, 8, "0x8"),
        (None, 0, "0"),
    ],
)
def test_signals_are_named_by_the_objects_type(type_: str | None, value: int, text: str) -> None:
    assert sorted(signals_name(value, type_).split("|")) == sorted(text.split("|"))


@pytest.mark.parametrize(
    ("call", "parameter", "value", "text"),
    [
        ("socket_create", "options", 0, "ZX_SOCKET_STREAM"),
        ("socket_create", "options", 3, "ZX_SOCKET_DATAGRAM|ZX_SOCKET_HAS_CONTROL"),
        ("socket_create", "options", 0x14, "ZX_SOCKET_HAS_ACCEPT|0x10"),
        ("socket_read", "options", 4, "ZX_SOCKET_CONTROL"),
        ("channel_read", "options", 1, "ZX_CHANNEL_READ_MAY_DISCARD"),
        ("channel_read", "options", 0, "0"),
        ("channel_write", "options", 1, None),
        ("resource_create", "options", 0x10002, "ZX_RSRC_KIND_IOPORT|ZX_RSRC_FLAG_EXCLUSIVE"),
        ("resource_create", "options", 99, "99"),
        ("timer_create", "options", 2, "ZX_TIMER_SLACK_LATE"),
        ("timer_create", "clock_id", 9, None),
        ("object_get_info", "topic", 19, "ZX_INFO_HANDLE_COUNT"),
        ("object_get_info", "topic", 12345, None),
        ("object_wait_one", "deadline", (1 << 63) - 1, "ZX_TIME_INFINITE"),
        ("object_wait_one", "deadline", 5, None),
    ],
)
def test_arguments_are_named(call: str, parameter: str, value: int, text: str | None) -> None:
    assert argument_name(call, parameter, value) == text


def test_every_name_is_defined_in_the_header_with_its_value() -> None:
    defined = dict(re.findall(r"#define (ZX_\w+) (?:\(\(\w+\))?(0x[0-9a-f]+|\d+)u", zx_header()))
    found = 0
    for call in CALLS:
        for parameter in BY_NAME[call.name].parameters:
            if not parameter.kind.is_value:
                continue
            for type_ in ObjType:
                for value in [0, 1, 2, *(1 << bit for bit in range(32))]:
                    text = argument_name(call.name, parameter.name, value, type_.name)
                    if text is None or not text.startswith("ZX_") or "|" in text:
                        continue
                    found += 1
                    assert int(defined[text], 0) == value, (call.name, parameter.name)
    assert found


def test_calls_and_outputs_show_names() -> None:
    simulation = Simulation()
    with simulation.case("it") as k:
        a, _ = k.socket_create(2)
        (event,) = k.event_create()
        k.object_signal(event, 8, 0x01000000)
        wait = k.make("object_wait_one", handle=a, signals=0x204)
        k.observe(wait, Outcome(-21, {"observed": 0x82}))
        k.object_get_info(event)
    calls = calls_of(simulation)
    assert calls[0].text == "zx_socket_create(options=ZX_SOCKET_HAS_CONTROL, out0=&, out1=&)"
    assert "clear_mask=ZX_EVENT_SIGNALED, set_mask=ZX_USER_SIGNAL_0)" in calls[2].text
    assert "signals=ZX_SOCKET_PEER_CLOSED|ZX_SOCKET_SHARE," in calls[3].text
    assert calls[3].status == (
        "ZX_ERR_TIMED_OUT, observed=ZX_SOCKET_WRITABLE|ZX_SOCKET_CONTROL_WRITABLE"
    )
    assert "topic=ZX_INFO_HANDLE_BASIC" in calls[4].text
    assert "buffer={koid=" in calls[4].status
    assert "rights=DUPLICATE|TRANSFER|SIGNAL|WAIT|INSPECT, type=EVENT, related_koid=0" in (
        calls[4].status
    )


def test_handle_info_shows_each_field() -> None:
    simulation = Simulation()
    with simulation.case("it") as k:
        a, b = k.channel_create()
        (event,) = k.event_create()
        k.channel_write(a, b"abc", [event])
        k.channel_read_etc(b)
    status = calls_of(simulation)[-1].status
    assert "bytes=b'abc'" in status
    assert re.search(
        r"handles=\[\{handle=0x[0-9a-f]+, type=EVENT, "
        r"rights=DUPLICATE\|TRANSFER\|SIGNAL\|WAIT\|INSPECT\}\], actual_bytes=3, actual_handles=1",
        status,
    )


@pytest.mark.parametrize(
    ("topic", "raw", "text"),
    [
        (
            InfoTopic.HANDLE_BASIC,
            struct.pack("<QIIQI4x", 1057, 6, 2, 1055, 1),
            "{koid=1057, rights=TRANSFER|READ, type=THREAD, related_koid=1055, props=WAITABLE}",
        ),
        (
            InfoTopic.HANDLE_BASIC,
            struct.pack("<QIIQI4x", 9, 0, 99, 0, 2),
            "{koid=9, rights=NONE, type=object type 99, related_koid=0, props=0x2}",
        ),
        (InfoTopic.HANDLE_BASIC, b"short", "5 bytes"),
        (
            InfoTopic.PROCESS,
            struct.pack("<q???5x", -3, True, True, False),
            "{return_code=-3, started, exited}",
        ),
        (InfoTopic.HANDLE_COUNT, b"\3\0\0\0", "{handle_count=3}"),
        (InfoTopic.PROCESS_THREADS, b"", "koids []"),
        (InfoTopic.JOB_CHILDREN, struct.pack("<QQ", 5, 7), "koids [5, 7]"),
        (
            InfoTopic.JOB_PROCESSES,
            struct.pack("<6Q", *range(6)),
            "koids [0, 1, 2, 3, … 6 in all]",
        ),
        (12345, b"abcdef", "6 bytes"),
    ],
)
def test_info_records_are_decoded_by_topic(topic: int, raw: bytes, text: str) -> None:
    assert records_text(topic, raw) == text
