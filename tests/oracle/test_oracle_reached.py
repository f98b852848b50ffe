"""When a sentence of which the model leaves open whether it holds counts as reached."""

from __future__ import annotations

from zxhil.abi.kinds import Memory
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.judge import reached
from zxhil.model.kernel import Kernel
from zxhil.model.state import Bootstrap

INVALID_ARGS = int(Status.ZX_ERR_INVALID_ARGS)


def ids(k: Kernel, name: str, status: int, **given: object) -> set[str]:
    return {clause.id for clause in reached(k.allowed(k.make(name, **given)), status)}


def test_sentence_that_alone_explains_the_status_is_reached() -> None:
    k = Kernel()
    assert ids(k, "port_create", INVALID_ARGS, options=0x10) == {"port_create/invalid_args_options"}
    assert ids(k, "port_create", 0, options=0x10) == set()
    assert ids(k, "port_create", int(Status.ZX_ERR_NO_MEMORY), options=0x10) == set()


def test_one_of_two_that_explain_the_status_is_not() -> None:
    k = Kernel([Bootstrap(0x777, 15, int(Rights.WRITE), 9)])
    given = {"handle": 0x777, "out_smc_result": Memory.INVALID}
    alone = ids(k, "smc_call", INVALID_ARGS, parameters=Memory.READABLE, **given)
    assert alone == {"smc_call/invalid_args_result"}
    assert ids(k, "smc_call", INVALID_ARGS, parameters=Memory.INVALID, **given) == set()
