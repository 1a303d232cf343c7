"""The modules of the project import each other one way, imports for types alone counted."""

from __future__ import annotations

import ast
from collections.abc import Container
from pathlib import Path

import flawline_training

PACKAGE = Path(flawline_training.__file__).parent


def test_modules_import_each_other_one_way() -> None:
    sources = {
        path.relative_to(PACKAGE).with_suffix('').as_posix(): path.read_text('utf-8') for path in PACKAGE.rglob('*.py')
    }
    assert len(sources) > 20
    assert circles(imports_of(sources)) == []


def test_circles_finds_one_of_imports_for_types_alone() -> None:
    typed = 'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .a import A\n'
    graph = imports_of({'a': 'from .b import B\n', 'b': 'from . import c\n', 'c': typed, 'd': 'from .a import A\n'})
    assert circles(graph) == [{'a', 'b', 'c'}]


def test_imports_of_follows_folders() -> None:
    graph = imports_of({'f/__init__': 'from .g import G\n', 'f/g': 'from ..a import A\n', 'a': 'from .f import F\n'})
    assert graph == {'f/__init__': {'f/g'}, 'f/g': {'a'}, 'a': {'f/__init__'}}


def imports_of(sources: dict[str, str]) -> dict[str, set[str]]:
    """Each module to the modules of `sources` that it imports by a relative import, wherever in it that stands."""
    return {name: _targets(name, source, sources.keys()) for name, source in sources.items()}


def _targets(name: str, source: str, known: Container[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or node.level == 0:
            continue
        folder = name.split('/')[: -node.level]
        path = [*folder, *(node.module.split('.') if node.module else [])]
        if node.module:
            candidates = ['/'.join(path), '/'.join([*path, '__init__'])]
        else:
            candidates = ['/'.join([*path, alias.name]) for alias in node.names]
        found |= {candidate for candidate in candidates if candidate in known}
    return found


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The sets of modules that reach each other, in the order of their first names."""
    reach = {name: _reachable(graph, name) for name in graph}
    return [
        members
        for name in sorted(graph)
        if (members := {other for other in reach[name] if name in reach[other]}) and min(members) == name
    ]


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph[name]
    return found
