"""The base of what a state is made of: objects that `copying` makes blank and then fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr
else:

    def mypyc_attr(**_: bool):
        """Nothing, but to mypyc, which looks for the name (docs/install.md, compiled wheel)."""
        return lambda cls: cls


#: Were the model's modules compiled?
COMPILED = not __file__.endswith(".py")


@mypyc_attr(serializable=True)
class Copied:
    """An object that can be made without its constructor, also where it is compiled."""

    __slots__ = ()
