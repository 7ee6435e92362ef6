# SPDX-License-Identifier: MIT
"""Compares our schemas with the request types of the installed `openai` package.

`python -m realtime_dev.drift` prints a line for each difference: the path in the body, the kind of
difference, and which side has more. The first line names the package's version.

Some differences are intended. tests/data/schema-drift.txt pins them, so that an upgrade of the
package shows only the new ones.
"""

import argparse
import importlib
import importlib.metadata
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from openai_realtime.schema import load_schema
from realtime_dev.shapes import ANYTHING, Record, Shape, shape_from_schema, shape_from_type

_SECRETS = "openai.types.realtime.client_secret_create_params"
TYPES = {
    "session": _SECRETS,
    "transcription": _SECRETS,
    "translation": "openai.types.realtime.translations.client_secret_create_params",
}
"""Name of a schema -> module of the package whose `ClientSecretCreateParams` it describes."""

PINNED = Path(__file__).parents[2] / "tests" / "data" / "schema-drift.txt"
"""The list of the intended differences, as this module prints it."""

_SCHEMA_ONLY = re.compile(r"([^:]+): (field|enum|variant): schema has .*, package has not")


def read_newer_paths(pinned: Path = PINNED) -> frozenset[str]:
    """Return the paths in a body, without brackets, at which only our schema knows something.

    That is a field, a value or a variant of an object. Differences with a note are left out.
    """
    found = filter(None, map(_SCHEMA_ONLY.fullmatch, pinned.read_text("utf-8").splitlines()))
    places = {f"{each[1]}.type" if each[2] == "variant" else each[1] for each in found}
    return frozenset(re.sub(r"\[[^]]*\]", "", place) for place in places)


def list_drift(name: str = "session") -> Iterator[str]:
    """Yield a line for each difference between `<name>.schema.json` and the package's types.

    Raises KeyError for a schema that is not in `TYPES`.
    """
    module = importlib.import_module(TYPES[name])
    package = shape_from_type(module.ClientSecretCreateParams)
    yield from compare(package, shape_from_schema(load_schema(name)), "")


def compare(package: Shape, schema: Shape, path: str) -> Iterator[str]:
    """Yield a line for each difference at `path` of a body and below."""
    if ANYTHING in package.types | schema.types:
        if package.types != schema.types:
            yield (
                f"{path}: type: package has {_join(package.types)}, "
                f"schema has {_join(schema.types)}"
            )
        return
    for kind in sorted(package.types ^ schema.types):
        yield _format(path, "type", kind, in_package=kind in package.types)
    yield from _compare_values(package, schema, path)
    # If only one side has arrays or objects, the line about the type is enough.
    if "array" in package.types & schema.types:
        yield from _compare_parts(package.items, schema.items, path, "items", f"{path}[]")
    if "object" in package.types & schema.types:
        yield from _compare_parts(package.entries, schema.entries, path, "entries", f"{path}.*")
        yield from _compare_records(package, schema, path)


def _compare_values(package: Shape, schema: Shape, path: str) -> Iterator[str]:
    if "string" in package.types & schema.types and package.is_open != schema.is_open:
        yield _format(path, "enum", "any other text", in_package=package.is_open)
    if package.values and schema.values:
        for value in sorted({*package.values} ^ {*schema.values}):
            yield _format(path, "enum", value, in_package=value in package.values)
    elif package.is_open and schema.is_open and {*package.values} != {*schema.values}:
        yield _format(path, "enum", "a list of known values", in_package=bool(package.values))


def _compare_parts(
    package: Shape | None, schema: Shape | None, path: str, kind: str, inner: str
) -> Iterator[str]:
    if package and schema:
        yield from compare(package, schema, inner)
    elif one := package or schema:
        yield _format(path, kind, _join(one.types), in_package=package is not None)


def _compare_records(package: Shape, schema: Shape, path: str) -> Iterator[str]:
    for tag in sorted(package.records.keys() | schema.records.keys()):
        # The tag is part of the path only if our schema has several variants.
        inner = _tag(path, tag) if len(schema.records) > 1 else path
        left, right = package.records.get(tag), schema.records.get(tag)
        if left and right:
            yield from _compare_members(left, right, inner)
        elif one := left or right:
            what = "it" if tag else f"an object of {', '.join(one.members)}"
            yield _format(_tag(path, tag), "variant", what, in_package=left is not None)


def _compare_members(package: Record, schema: Record, path: str) -> Iterator[str]:
    for name in sorted(package.members.keys() | schema.members.keys()):
        inner = f"{path}.{name}".removeprefix(".")
        left, right = package.members.get(name), schema.members.get(name)
        if left and right:
            if (name in package.required) != (name in schema.required):
                yield _format(inner, "required", "it as required", name in package.required)
            yield from compare(left, right, inner)
        elif one := left or right:
            note = f" ({one.note})" if one.note else ""
            yield _format(inner, "field", "it", in_package=left is not None) + note


def _format(path: str, kind: str, what: str, in_package: bool) -> str:  # noqa: FBT001 - one meaning
    has, has_not = ("package", "schema") if in_package else ("schema", "package")
    return f"{path}: {kind}: {has} has {what}, {has_not} has not"


def _tag(path: str, tag: str) -> str:
    return f"{path.removesuffix('[]')}[{tag}]" if tag else path


def _join(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "nothing"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if the list differs from that of `--expect`, else 0."""
    parser = argparse.ArgumentParser(prog="python -m realtime_dev.drift", description=__doc__)
    parser.add_argument("--schema", choices=TYPES, default="session", help="the schema to compare")
    parser.add_argument(
        "--expect", metavar="FILE", type=Path, help="an earlier list; print the changes"
    )
    options = parser.parse_args(arguments)
    found = list(list_drift(options.schema))
    version = importlib.metadata.version("openai")
    lines = [f"openai {version} and {options.schema}.schema.json: {len(found)} differences", *found]
    if options.expect is None:
        _print(lines)
        return 0
    changes = compare_lists(options.expect.read_text("utf-8").splitlines(), lines)
    _print([lines[0], *changes])
    return 1 if changes else 0


def compare_lists(expected: Sequence[str], found: Sequence[str]) -> list[str]:
    """Return the changes between two printed lists, without their first lines."""
    before, now = expected[1:], found[1:]
    return [
        *(f"new: {line}" for line in now if line not in before),
        *(f"gone: {line}" for line in before if line not in now),
    ]


def _print(lines: Sequence[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
