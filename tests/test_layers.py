"""The packages of zxhil import each other one way only, and no two modules import each other.

Imports inside functions and under TYPE_CHECKING count as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HARNESS = Path(__file__).resolve().parents[1] / "harness"
ROOT = "zxhil"

#: From the lowest to the highest: each imports only those before it.
LAYERS = (
    "zxhil",
    "errors",
    "counts",
    "plain",
    "shipped",
    "names",
    "regular_file",
    "named_file",
    "redraw",
    "git",
    "guestfile",
    "unforeseen",
    "abi",
    "model",
    "machine",
    "symbols",
    "disk",
    "docs",
    "trace",
    "oracle",
    "guest",
    "standin",
    "image",
    "push",
    "debug",
    "run",
    "known",
    "report",
    "reach",
    "history",
    "target",
    "live",
    "explore",
    "bisect",
    "sweep",
    "cluster",
    "pytest_plugin",
    "cli",
)

Graph = Mapping[str, set[str]]


def imports(root: Path) -> Graph:
    """The modules of the package `root`, by dotted name, and the ones of it that each imports."""
    paths = {_dotted(path, root): path for path in root.rglob("*.py")}
    return {
        name: {
            imported
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path)))
            for imported in _imported(node, paths)
        }
        - {name}
        for name, path in paths.items()
    }


def _dotted(path: Path, root: Path) -> str:
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(node: ast.AST, modules: Mapping[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in modules)
    elif isinstance(node, ast.ImportFrom) and node.module is not None:
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            if whole in modules:
                yield whole
            elif node.module in modules:
                yield node.module


def circle(graph: Graph) -> list[str]:
    """One circle of modules that import each other; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def package(module: str) -> str:
    """The package of a module, or the module itself where it lies in none."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def upward(graph: Graph) -> list[str]:
    """Imports of a package that is not below the importing one."""
    place = {name: number for number, name in enumerate(LAYERS)}
    return [
        f"{module} imports {other}"
        for module, others in sorted(graph.items())
        for other in sorted(others)
        if package(module) != package(other) and place[package(other)] > place[package(module)]
    ]


def classes(root: Path) -> Mapping[str, list[str]]:
    """Public classes by name, and the modules that each stands in."""
    found: dict[str, list[str]] = {}
    for path in sorted(root.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(_dotted(path, root))
    return found


def test_no_two_classes_share_a_name() -> None:
    assert {n: places for n, places in classes(HARNESS / ROOT).items() if len(places) > 1} == {}


def test_layers_name_every_package() -> None:
    assert {package(module) for module in imports(HARNESS / ROOT)} == set(LAYERS)


def test_modules_do_not_import_each_other() -> None:
    assert circle(imports(HARNESS / ROOT)) == []


def test_packages_import_only_lower_ones() -> None:
    assert upward(imports(HARNESS / ROOT)) == []


@pytest.mark.parametrize(
    "back",
    [
        "from zxhil.run.high import HIGH",
        "from zxhil.run import high",
        "import zxhil.run.high",
        "def low():\n    from zxhil.run.high import HIGH",
        "if TYPE_CHECKING:\n    from zxhil.run.high import HIGH",
    ],
)
def test_circular_import_is_found_anywhere_in_a_module(tmp_path: Path, back: str) -> None:
    root = tmp_path / ROOT
    for name, text in (("abi/low", back), ("run/high", "from zxhil.abi.low import LOW")):
        path = root / f"{name}.py"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    graph = imports(root)
    assert upward(graph) == ["zxhil.abi.low imports zxhil.run.high"]
    assert set(circle(graph)) == {"zxhil.abi.low", "zxhil.run.high"}
