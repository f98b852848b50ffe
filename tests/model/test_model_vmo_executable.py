"""VMOs that are made executable: the resource that it takes, and the right that it gives."""

from __future__ import annotations

import pytest
from zxhil.abi.objects import ObjType
from zxhil.model.kernel import Kernel


@pytest.fixture
def k() -> Kernel:
    return Kernel()


def made(k: Kernel) -> int:
    (vmo,) = k.vmo_create(8192, 0)
    return vmo


@pytest.mark.parametrize(
    ("kind", "ok"), [(5, True), (4, False), (3, False), (None, False), (0, True)]
)
def test_vmex_is_invalid_or_of_its_kind(k: Kernel, kind: int | None, ok: bool) -> None:
    vmex = 0
    if kind is None:
        (vmex,) = k.event_create()
    elif kind:
        (root,) = k.event_create()
        k.state.object(root).given = True  # type: ignore[union-attr]
        k.state.object(root).type = ObjType.RESOURCE  # type: ignore[union-attr]
        (vmex,) = k.resource_create(root, kind)
    call = k.make("vmo_replace_as_executable", handle=made(k), vmex=vmex)
    assert k.allowed(call).ok is ok


def test_executable_replacement_has_one_right_more(k: Kernel) -> None:
    (bare,) = k.handle_duplicate(made(k), 4)
    (out,) = k.vmo_replace_as_executable(bare, 0)
    assert k.state.rights(out).bits == 4 | 16  # type: ignore[union-attr]
    assert not k.allowed(k.make("handle_close", handle=bare)).ok
