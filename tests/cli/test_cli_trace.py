"""How ``zxhil run --trace`` is understood."""

from __future__ import annotations

import pytest
from zxhil.cli.asked import comes_through_memory
from zxhil.errors import UserError
from zxhil.machine import pages


def test_trace_of_a_first_process_goes_through_memory_unless_serial_is_asked_for() -> None:
    assert comes_through_memory("auto", "bootfs", recorded=False) == pages.is_possible()
    assert not comes_through_memory("serial", "bootfs", recorded=False)


@pytest.mark.parametrize(
    ("transport", "recorded", "shares"),
    [("ssh", False, True), ("uart", False, True), ("bootfs", True, True), ("bootfs", False, False)],
)
def test_other_traces_go_over_serial_and_memory_is_refused(
    monkeypatch: pytest.MonkeyPatch, transport: str, recorded: bool, shares: bool
) -> None:
    monkeypatch.setattr(pages, "is_possible", lambda: shares)
    assert not comes_through_memory("auto", transport, recorded)
    assert not comes_through_memory("serial", transport, recorded)
    with pytest.raises(UserError, match="--trace memory"):
        comes_through_memory("memory", transport, recorded)
