# SPDX-License-Identifier: MIT
"""Checks whether the project is ready for a release: `python -m realtime_dev.release`.

The versions in knime.yml, pyproject.toml and the changelog must agree, the newest version in the
changelog needs a date, [Unreleased] must be empty, the maintainer and all addresses must be filled
in, and docs/settings.md and docs/ledger.json must be up to date.
"""

import re
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from realtime_dev import documentation, ledger
from realtime_dev.ledger import Ledger

ROOT = ledger.ROOT
_HEADING = re.compile(r"^## \[(?P<name>[^\]]+)\](?P<rest>.*)$", re.MULTILINE)
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_PLACEHOLDER = "placeholder.invalid"
_PLACEHOLDERS = (_PLACEHOLDER, "ADDRESS-OF-THIS-REPOSITORY")
_PAGES = ("README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/*.md")
_DATED = re.compile(r" - (\d{4}-\d{2}-\d{2})")


def list_versions(root: Path = ROOT) -> dict[str, str]:
    """Return the version in each file: knime.yml, pyproject.toml, CHANGELOG.md."""
    newest = next((name for name, _, _ in _read_changelog(root) if _VERSION.fullmatch(name)), "")
    return {
        "knime.yml": _read_knime(root),
        "pyproject.toml": _read_project(root)["version"],
        "CHANGELOG.md": newest,
    }


def find_problems(root: Path = ROOT, today: date | None = None) -> list[str]:
    """Return what must be fixed in versions, addresses and changelog of the project at `root`."""
    versions = list_versions(root)
    problems = [
        f"{file}: {version!r} is not a version with three numbers."
        for file, version in versions.items()
        if not _VERSION.fullmatch(version)
    ]
    if len(set(versions.values())) > 1:
        listed = ", ".join(f"{file} {version}" for file, version in versions.items())
        problems.append(f"The versions differ: {listed}.")
    project = _read_project(root)
    problems += [
        f"pyproject.toml: fill in [project] {key}, which is missing or has {_PLACEHOLDER}."
        for key in ("maintainers", "urls")
        if key not in project or _PLACEHOLDER in str(project[key])
    ]
    problems += [
        f"{page.relative_to(root).as_posix()}: fill in the address in the place of {placeholder}."
        for pattern in _PAGES
        for page in sorted(root.glob(pattern))
        for placeholder in _PLACEHOLDERS
        if placeholder in page.read_text("utf-8")
    ]
    for name, rest, text in _read_changelog(root):
        if not _VERSION.fullmatch(name):
            if text:
                problems.append(f"CHANGELOG.md: [{name}] is not empty: give it a version.")
            continue
        if not text:
            problems.append(f"CHANGELOG.md: [{name}] is empty.")
        dated = _DATED.fullmatch(rest)
        if dated is None or not _is_past(dated[1], today or date.today()):  # noqa: DTZ011 - a day
            problems.append(f"CHANGELOG.md: [{name}] needs a date that is not in the future.")
        break
    return problems


def find_stale(page: str, written: Ledger, nodes: Ledger) -> list[str]:
    """Return what `make docs ledger` would change.

    `page` is docs/settings.md as it should be, `written` the ledger in the file, `nodes` the ledger
    as the nodes require it.
    """
    problems = [documentation.STALE] if documentation.is_stale(page) else []
    problems += ledger.find_problems(written, nodes)
    if any(ledger.find_new(written, nodes).values()):
        problems.append("docs/ledger.json does not have all settings: run `make ledger`.")
    return problems


def _read_project(root: Path) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def _read_knime(root: Path) -> str:
    found = re.search(r"^version: *(\S+)", (root / "knime.yml").read_text("utf-8"), re.MULTILINE)
    return found[1] if found else ""


def _read_changelog(root: Path) -> list[tuple[str, str, str]]:
    """Return the headings, newest first: name, what follows it, the text below."""
    text = (root / "CHANGELOG.md").read_text("utf-8")
    found = list(_HEADING.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        (match["name"], match["rest"].rstrip(), text[match.end() : end].strip())
        for match, end in zip(found, ends, strict=True)
    ]


def _is_past(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) <= today
    except ValueError:
        return False


def report(problems: list[str]) -> int:
    """Print the problems; return the exit code: 1 if there are any, else 0."""
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        return 1
    sys.stdout.write(f"{list_versions()['knime.yml']} is ready for a release.\n")
    return 0


if __name__ == "__main__":
    found = find_stale(documentation.generate_page(), ledger.read_ledger(), ledger.read_nodes())
    sys.exit(report([*find_problems(), *found]))
