# SPDX-License-Identifier: MIT
"""Who imports whom."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PRODUCT = SOURCE / "openai_realtime"
SLOW = [
    *("pandas", "pyarrow", "httpcore", "httpx", "jsonschema_rs", "tenacity", "openai"),
    *("ssl", "truststore", "certifi"),
]

IMPORT_EXTENSION = f"""
import json, sys
sys.path[:0] = {[str(SOURCE), str(ROOT / "dev")]!r}
from realtime_dev.knime_standin.install import install
backend = install()
import extension
print(json.dumps([backend, [name for name in {SLOW!r} if name in sys.modules]]))
"""


def list_imports(path: Path) -> Iterator[str]:
    """Yield the full name of every module, or name in one, that a file imports anywhere."""
    package = path.relative_to(SOURCE if SOURCE in path.parents else ROOT / "dev").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def find_imports(paths: list[Path], *modules: str) -> list[str]:
    """Return where `paths` import one of `modules`, or something inside of it."""
    assert paths
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in list_imports(path)
        if any(name == module or name.startswith(f"{module}.") for module in modules)
    ]


def list_files(*places: Path) -> list[Path]:
    """Return the Python files at those places, below folders too."""
    found = [path for place in places for path in [place, *place.rglob("*.py")]]
    return sorted(path for path in found if path.suffix == ".py")


CORE = sorted(PRODUCT.glob("*.py"))
EVERYTHING = list_files(SOURCE)
NODES = list_files(PRODUCT / "nodes")


def test_imports_are_seen() -> None:
    """The search sees absolute and relative imports, so that an empty result means something."""
    assert find_imports(NODES, "knime.extension")
    assert find_imports(list_files(PRODUCT / "client"), "httpx")
    sandbox = list_files(ROOT / "dev/realtime_dev/sandbox")
    assert find_imports(sandbox, "realtime_dev.sandbox.errors")


def test_the_core_knows_neither_knime_nor_http() -> None:
    """The core is plain Python: it knows no KNIME, no HTTP, and nothing that is built upon it."""
    outer = ("openai_realtime.client", "openai_realtime.nodes", "extension")
    assert find_imports(CORE, "knime", "httpcore", "httpx", "pandas", "pyarrow", *outer) == []


@pytest.mark.parametrize("name", ["api", "errors", "redact"])
def test_leaves_import_nothing_of_ours(name: str) -> None:
    """Leaves stand alone."""
    assert find_imports([PRODUCT / f"{name}.py"], "openai_realtime") == []


def test_the_core_points_downwards() -> None:
    """Imports in the core go from request and columns over fields to the schema."""
    above = ["form", "request", "columns", "answer"]
    for names, of in [(above, ["fields", "schema"]), (above[1:], ["form"])]:
        modules = [f"openai_realtime.{name}" for name in names]
        # At type-checking time fields may name what form reads; only real imports count.
        assert find_imports([PRODUCT / f"{name}.py" for name in of], *modules) == []


def test_the_client_knows_no_knime() -> None:
    """The client could serve another program."""
    files = list_files(PRODUCT / "client")
    assert find_imports(files, "knime", "openai_realtime.nodes", "extension") == []


def test_one_module_imports_httpx() -> None:
    """Httpx can be replaced by one line, and httpcore below it is nobody's business."""
    others = [path for path in EVERYTHING if path != PRODUCT / "client" / "transport.py"]
    assert find_imports(others, "httpx", "httpx2") == []
    assert find_imports(EVERYTHING, "httpcore", "h11", "h2", "socks") == []


def test_only_nodes_import_knime() -> None:
    """KNIME's API is seen in one folder only."""
    assert find_imports([path for path in EVERYTHING if path not in NODES], "knime") == []


def test_the_product_does_not_know_its_tools() -> None:
    """What is for development and tests is not part of the product."""
    assert find_imports(EVERYTHING, "realtime_dev", "openai", "pytest", "hypothesis") == []


@pytest.mark.parametrize("folder", ["sandbox", "knime_standin", "shapes.py"])
def test_stand_ins_do_not_know_the_product(folder: str) -> None:
    """What the product is tested against is not made of the product."""
    files = list_files(ROOT / "dev/realtime_dev" / folder)
    assert find_imports(files, "openai_realtime", "extension") == []


def find_circles(imports: dict[str, set[str]]) -> list[str]:
    """Return the modules that import each other in a circle, or import one that does."""
    left = dict(imports)
    while free := [name for name, wanted in left.items() if not wanted & left.keys() - {name}]:
        for name in free:
            del left[name]
    return sorted(left)


def test_circles_are_seen() -> None:
    """The search sees a circle of several modules, and nothing where there is none."""
    assert find_circles({"a": {"b", "x"}, "b": {"c"}, "c": {"c"}}) == []
    assert find_circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]


def name_module(path: Path, folder: Path) -> str:
    """Return the name by which the module at `path` is imported."""
    return ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("folder", [SOURCE, ROOT / "dev"])
def test_no_modules_import_each_other(folder: Path) -> None:
    """No import circle, not even one for type hints or inside of functions."""
    files = {name_module(path, folder): path for path in list_files(folder)}
    imports: dict[str, set[str]] = {}
    for name, path in files.items():
        found = set(list_imports(path))
        parents = {each.rpartition(".")[0] for each in found - files.keys()}
        imports[name] = (found | parents) & files.keys() - {name}
    assert find_circles(imports) == []


def test_listing_the_nodes_is_quick() -> None:
    """KNIME imports `extension` to list the nodes: nothing slow may come with it."""
    result = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", IMPORT_EXTENSION],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    backend, slow = json.loads(result.stdout)
    if backend == "real":
        pytest.skip("KNIME's own knime.extension imports more than we do")
    assert slow == []
