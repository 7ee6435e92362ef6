# SPDX-License-Identifier: MIT
"""Who imports whom."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
EXAMPLES = ROOT / "examples"
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
from realtime_dev.host import Host
for node in ("session", "transcription", "translation"):
    Host().controls(node)
print(json.dumps([backend, [name for name in {SLOW!r} if name in sys.modules]]))
"""


def list_imports(path: Path) -> Iterator[str]:
    """Yield the full name of every module, or name in one, that a file imports anywhere."""
    (root,) = {SOURCE, ROOT / "dev", EXAMPLES} & set(path.parents)
    package = path.relative_to(root).parts[:-1]
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


OUTER = ("openai_realtime.client", "openai_realtime.nodes", "extension")
ABOVE = [PRODUCT / f"{name}.py" for name in ("form", "request", "columns", "answer")]
DEV = ROOT / "dev/realtime_dev"
FORBIDDEN: dict[str, tuple[list[Path], tuple[str, ...]]] = {
    "the core knows no KNIME, no HTTP and nothing above it": (
        CORE,
        ("knime", "httpcore", "httpx", "pandas", "pyarrow", *OUTER),
    ),
    "leaves import nothing of ours": (
        [PRODUCT / f"{name}.py" for name in ("api", "errors", "redact")],
        ("openai_realtime",),
    ),
    "fields and schema know no form": (
        [PRODUCT / f"{name}.py" for name in ("fields", "schema")],
        tuple(f"openai_realtime.{path.stem}" for path in ABOVE),
    ),
    "form knows no request": (ABOVE[:1], tuple(f"openai_realtime.{p.stem}" for p in ABOVE[1:])),
    "the client could serve another program": (
        list_files(PRODUCT / "client"),
        ("knime", "openai_realtime.nodes", "extension"),
    ),
    "one module imports httpx": (
        [path for path in EVERYTHING if path != PRODUCT / "client" / "transport.py"],
        ("httpx", "httpx2"),
    ),
    "nobody looks below httpx": (EVERYTHING, ("httpcore", "h11", "h2", "socks")),
    "only nodes import KNIME": ([path for path in EVERYTHING if path not in NODES], ("knime",)),
    "the product does not know its tools": (
        EVERYTHING,
        ("realtime_dev", "openai", "pytest", "hypothesis"),
    ),
    **{
        f"{place} does not know the product": (
            list_files(DEV / place),
            ("openai_realtime", "extension"),
        )
        for place in ("sandbox", "knime_standin", "shapes.py")
    },
}


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_imports_point_downwards(rule: str) -> None:
    """No file imports what its layer must not know."""
    files, modules = FORBIDDEN[rule]
    assert find_imports(files, *modules) == []


def test_examples_can_be_copied() -> None:
    """Examples need only the standard library; `try_page.py` also our tools, and the server."""
    found = {
        path.stem: {name.partition(".")[0] for name in list_imports(path)} - sys.stdlib_module_names
        for path in list_files(EXAMPLES)
    }
    assert found == {"server": set(), "try_page": {"realtime_dev", "server"}}


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


def test_nodes_and_dialogs_are_quick() -> None:
    """Neither the list of the nodes nor a dialog without a connection needs anything slow."""
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
