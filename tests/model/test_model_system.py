"""What the system says of itself, and the calls that only a privileged process may make."""

from __future__ import annotations

from typing import Any

import pytest
from zxhil.abi.calls import RETURN
from zxhil.abi.kinds import Memory, OutPointer
from zxhil.abi.kinds.layouts import SmcResult
from zxhil.abi.objects import ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.sample import sample
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import Verdict, VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.model.state import Bootstrap

ROOT = 0x777
CONFORMS = VerdictKind.CONFORMS


@pytest.fixture
def k() -> Kernel:
    return Kernel([Bootstrap(ROOT, 15, int(Rights.WRITE), 9)])


def answer(
    k: Kernel, name: str, status: str = "ZX_OK", out: dict[str, Any] | None = None, **given: Any
) -> Verdict:
    return k.observe(k.make(name, **given), Outcome(int(Status[status]), out or {}))


def allowed(k: Kernel, name: str, **given: Any) -> set[str]:
    return set(k.allowed(k.make(name, **given)).names)


def test_version_into_memory_that_is_not_writable_may_be_refused(k: Kernel) -> None:
    """The page is silent about it."""
    bad = OutPointer(Memory.INVALID, True)
    names = allowed(k, "system_get_version", version=bad, version_size=64)
    assert names >= {"ZX_OK", "ZX_ERR_INVALID_ARGS"}


@pytest.mark.parametrize("name", ["channel_read", "channel_read_etc"])
def test_options_that_the_page_does_not_name_may_be_refused(k: Kernel, name: str) -> None:
    handle = k.channel_create().handles[0]
    refusals = {"ZX_ERR_INVALID_ARGS", "ZX_ERR_NOT_SUPPORTED"}
    assert not refusals & allowed(k, name, handle=handle, options=1)
    assert refusals < allowed(k, name, handle=handle, options=4)


@pytest.mark.parametrize(
    ("size", "names"),
    [
        (0, {"ZX_ERR_BUFFER_TOO_SMALL"}),
        (4, {"ZX_ERR_BUFFER_TOO_SMALL"}),
        (63, {"ZX_OK", "ZX_ERR_BUFFER_TOO_SMALL"}),
        (64, {"ZX_OK"}),
    ],
)
def test_version_fits_into_64_bytes(k: Kernel, size: int, names: set[str]) -> None:
    assert allowed(k, "system_get_version", version_size=size) == names


def test_refused_64_bytes_are_blamed_on_their_sentence(k: Kernel) -> None:
    verdict = answer(k, "system_get_version", "ZX_ERR_BUFFER_TOO_SMALL", version_size=64)
    assert verdict.blamed[0].id == "system_get_version/always_enough"


@pytest.mark.parametrize("text", [b"git-" + b"0" * 60, bytes(64)])
def test_version_is_a_terminated_string(k: Kernel, text: bytes) -> None:
    good = answer(k, "system_get_version", out={"version": sample(b"git-1\0")}, version_size=64)
    assert good.kind is CONFORMS
    verdict = answer(k, "system_get_version", out={"version": sample(text)}, version_size=64)
    assert [c.id for c in verdict.blamed] == ["system_get_version/filled"]


@pytest.mark.parametrize("name", ["system_get_num_cpus", "system_get_physmem"])
def test_number_of_the_machine_does_not_change(k: Kernel, name: str) -> None:
    assert answer(k, name, out={RETURN: 4}).kind is CONFORMS
    assert answer(k, name, out={RETURN: 4}).kind is CONFORMS
    assert f"{name}/returned" in k.state.seen
    for other in (8, 0):
        assert [c.id for c in answer(k, name, out={RETURN: other}).blamed] == [f"{name}/returned"]


def test_features_of_a_kind_that_no_platform_has_are_refused(k: Kernel) -> None:
    assert allowed(k, "system_get_features", kind=0xFFFFFFFF) == {"ZX_ERR_NOT_SUPPORTED"}
    assert allowed(k, "system_get_features", kind=0) == {"ZX_OK", "ZX_ERR_NOT_SUPPORTED"}


def test_resource_for_something_else_makes_no_smc(k: Kernel) -> None:
    (hypervisor,) = k.resource_create(ROOT, int(ResourceKind.HYPERVISOR))
    given = {"parameters": Memory.READABLE}
    assert "ZX_OK" not in allowed(k, "smc_call", handle=hypervisor, **given)
    assert "ZX_OK" in allowed(k, "smc_call", handle=ROOT, **given)
    result = {"out_smc_result": SmcResult(0x10001, 0, 0, 0)}
    assert answer(k, "smc_call", out=result, handle=ROOT, **given).kind is CONFORMS
    assert "smc_call/returned" in k.state.seen


def test_smc_refuses_null_and_the_page_is_silent_on_other_bad_pointers(k: Kernel) -> None:
    for parameter in ("parameters", "out_smc_result"):
        null = allowed(k, "smc_call", handle=ROOT, **{parameter: Memory.NULL})
        assert "ZX_OK" not in null
        assert "ZX_ERR_INVALID_ARGS" in null
        both = allowed(
            k, "smc_call", handle=ROOT, **{"parameters": Memory.READABLE, parameter: Memory.INVALID}
        )
        assert {"ZX_OK", "ZX_ERR_INVALID_ARGS"} <= both


def test_payload_is_at_most_16_kib(k: Kernel) -> None:
    given = {"resource": ROOT, "buffer": Memory.WRITABLE}
    assert "ZX_OK" in allowed(k, "system_mexec_payload_get", **given, buffer_size=16 << 10)
    assert "ZX_OK" not in allowed(
        k, "system_mexec_payload_get", **given, buffer_size=(16 << 10) + 1
    )


@pytest.mark.parametrize("bad", ["resource", "kernel_vmo", "bootimage_vmo"])
def test_mexec_refuses_what_rights_does_not_ask_for(k: Kernel, bad: str) -> None:
    (vmo,) = k.vmo_create(4096)
    given = {"resource": ROOT, "kernel_vmo": vmo, "bootimage_vmo": vmo}
    assert "ZX_OK" in allowed(k, "system_mexec", **given)
    (event,) = k.event_create()
    verdict = answer(k, "system_mexec", **given | {bad: event})
    assert [c.id for c in verdict.blamed] == [f"system_mexec/required_of_{bad}"]


@pytest.mark.parametrize("status", [0, -1])
def test_call_without_a_list_of_errors_may_answer_anything(k: Kernel, status: int) -> None:
    call = k.make("system_powerctl", resource=ROOT, cmd=99)
    assert k.observe(call, Outcome(status, {})).kind is CONFORMS
