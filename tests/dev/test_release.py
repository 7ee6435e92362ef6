# SPDX-License-Identifier: MIT
"""The release check finds what must not go out; the environment fits the oldest KNIME."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml

from demos.workflows import KNIME_VERSION
from realtime_dev import release

TODAY = date(2026, 11, 23)
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-11-23\n\n- News.\n\n## [0.1.0]\n"
PROJECT = '[project]\nversion = "0.2.0"\nmaintainers = ["Ada"]\nurls.Issues = "https://x.org"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Hand out a folder with the files of a project that is fit."""
    (tmp_path / "knime.yml").write_text("name: x\nversion: 0.2.0 # comment\n")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "README.md").write_text("git clone https://x.org\n")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("knime.yml", "x", "y", ""),
        ("knime.yml", "0.2.0", "0.3.0", "The versions differ: knime.yml 0.3.0, pyproject.toml"),
        ("pyproject.toml", "0.2.0", "0.2.1", "The versions differ: knime.yml 0.2.0, pyproj"),
        ("knime.yml", "version", "vision", "knime.yml: '' is not a version with three numbers."),
        ("pyproject.toml", "Ada", "a@placeholder.invalid", "fill in [project] maintainers"),
        ("pyproject.toml", "x.org", "placeholder.invalid", "fill in [project] urls"),
        ("pyproject.toml", "maintainers", "authors", "[project] maintainers, which is missing"),
        ("README.md", "https://x.org", "ADDRESS-OF-THIS-REPOSITORY", "README.md: fill in the addr"),
        ("CHANGELOG.md", "[0.2.0]", "[0.3.0]", "The versions differ"),
        ("CHANGELOG.md", " - 2026-11-23", "", "[0.2.0] needs a date"),
        ("CHANGELOG.md", "2026-11-23", "2026-11-24", "[0.2.0] needs a date"),
        ("CHANGELOG.md", "2026-11-23", "2026-13-01", "[0.2.0] needs a date"),
        ("CHANGELOG.md", "- News.", "", "[0.2.0] is empty."),
        ("CHANGELOG.md", "[Unreleased]\n", "[Unreleased]\n- More.\n", "[Unreleased] is not empty"),
    ],
)
def test_problems_are_found(file: str, old: str, new: str, problem: str, project: Path) -> None:
    """Each problem is named; a project with equal versions and a date has none."""
    path = project / file
    path.write_text(path.read_text().replace(old, new))
    found = "\n".join(release.find_problems(project, TODAY))
    assert problem in found
    assert bool(found) is bool(problem)


def test_stale_files_are_found() -> None:
    """A page that differs and a ledger that lacks a key are named."""
    nodes = {"session": {"voice": {"type": "string", "default": "unset", "since": "0.1.0"}}}
    assert release.find_stale("other", {}, nodes) == [
        release.documentation.STALE,
        "docs/ledger.json does not have all settings: run `make ledger`.",
    ]
    assert release.find_stale(release.documentation.PAGE.read_text("utf-8"), nodes, nodes) == []


def test_command_tells_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """The command fails if there are problems; otherwise it names the version."""
    assert (release.report(["one", "two"]), capsys.readouterr().err) == (1, "one\ntwo\n")
    ready = f"{release.list_versions()['knime.yml']} is ready for a release.\n"
    assert (release.report([]), capsys.readouterr().out) == (0, ready)


def test_environment_fits_the_oldest_knime() -> None:
    """What is bundled is tested with the oldest KNIME that the extension and its demos allow."""
    about = yaml.safe_load((release.ROOT / "knime.yml").read_text("utf-8"))
    (dependency,) = about["feature_dependencies"]
    oldest = dependency.split()[1]
    packages = tomllib.loads((release.ROOT / "pixi.toml").read_text("utf-8"))["dependencies"]
    assert packages["knime-extension"] == packages["knime-python-versions"] == f"{oldest}.*"
    assert f"{oldest}.0" == KNIME_VERSION
