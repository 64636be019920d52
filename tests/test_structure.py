"""The way of the data is one direction, and the house's words are kept."""

import ast
from pathlib import Path

import pytest

SRC = Path("src/proxyscan")
ORDER = [
    "errors",
    "frozen",
    "durable",
    "objects",
    "places",
    "kept",
    "schema",
    "kernels",
    "arrow",
    "layouts",
    "outcome",
    "codes",
    "format",
    "formats",
    "mapping",
    "source",
    "decompress",
    "bgzf",
    "blocks",
    "host",
    "zone",
    "decide",
    "candidates",
    "detect",
    "requests",
    "mixed",
    "batches",
    "engines",
    "parse",
    "splits",
    "entries",
    "read_entries",
    "catalogue",
    "syntaxes",
    "lists",
    "choose",
    "vendors",
    "classify",
    "referrals",
    "labelling",
    "export",
    "coverage",
    "sketch",
    "grain",
    "traffic",
    "summary",
    "levels",
    "groups",
    "pseudonyms",
    "portions",
    "contacts",
    "tally",
    "conclude",
    "shares",
    "visits",
    "privacy",
    "counting",
    "spread",
    "scan",
    "write",
    "rows",
    "dataset",
    "spark",
    "fingerprint",
    "parts",
    "reading",
    "asks",
    "gather",
    "view",
    "rejected",
    "store",
    "pieces",
    "met",
    "logs",
    "taking",
    "upkeep",
    "update",
    "inputs",
    "line",
    "days",
    "variation",
    "compare",
    "assumptions",
    "demand",
    "scenarios",
    "estimate",
    "audit",
    "config",
    "report",
    "__init__",
    "ahead",
    "progress",
    "cli_options",
    "cli_quick",
    "cli_services",
    "cli_parse",
    "cli_store",
    "cli_report",
    "cli_decide",
    "cli_estimate",
    "cli",
    "__main__",
]
UNWANTED = {"utils", "helpers", "common", "base", "manager", "util", "helper"}


def modules() -> list[Path]:
    return sorted(SRC.rglob("*.py"))


def stage(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the stages that a module imports, wherever in it the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("proxyscan."):
            names.add((node.module or "").split(".")[1])
        if isinstance(node, ast.ImportFrom) and node.module == "proxyscan":
            names |= {alias.name for alias in node.names if alias.name != "__version__"}
    return names


def test_every_module_has_its_place_in_the_order() -> None:
    assert {stage(path) for path in modules()} <= set(ORDER)


@pytest.mark.parametrize("path", [p for p in modules() if stage(p) != "__init__"], ids=str)
def test_a_module_imports_only_from_stages_before_it(path: Path) -> None:
    later = ORDER[ORDER.index(stage(path)) + 1 :]
    assert not imported(path) & set(later)


def test_an_engine_is_the_only_module_that_imports_its_package() -> None:
    own = {SRC / "engines" / "dask.py": {"dask", "distributed"}, SRC / "engines" / "spark.py": {"pyspark", "py4j"}}
    for path in modules():
        nodes = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        others = set().union(*own.values()) - own.get(path, set())
        assert not {name.partition(".")[0] for name in names} & others, path


def test_no_module_is_a_drawer_for_anything() -> None:
    assert not {path.stem for path in modules()} & UNWANTED


def test_nothing_outside_the_kernels_swallows_every_exception() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, path
                assert not (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")), path
