"""Which text judges: the user's page, the pages of the kernel's age, and the header for rights."""

from __future__ import annotations

import pytest
from zxhil.abi.ages import Age
from zxhil.docs.statuses import DocumentedStatuses
from zxhil.oracle.texts import JudgingTexts

OLD = Age(20180215, 20180215)
NEW = Age(20181229, 20181229)


@pytest.mark.parametrize("name", ["socket_create", "fifo_create", "vmar_allocate"])
def test_default_rights_are_those_of_the_kernels_age_whatever_page_is_given(name: str) -> None:
    """Pages leave them to a header, so a page of the user's says nothing of them."""
    theirs = {name: DocumentedStatuses(name, f"{name}.md:1", ("ZX_ERR_NO_MEMORY",))}
    for documented in ({}, theirs):
        assert f"{name}/default_rights" in JudgingTexts(documented, OLD).unstated
        assert f"{name}/default_rights" not in JudgingTexts(documented, NEW).unstated


def test_other_clauses_follow_the_users_page() -> None:
    clause = "socket_share/one_deep"
    theirs = {"socket_share": DocumentedStatuses("socket_share", "socket_share.md:1", ())}
    assert clause in JudgingTexts({}, OLD).unstated
    assert clause not in JudgingTexts(theirs, OLD).unstated
