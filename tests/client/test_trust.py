# SPDX-License-Identifier: MIT
"""Whom the client trusts: a private authority, made known in each of the possible ways."""

import os
import platform
import shutil
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme

from client.conftest import catch
from openai_realtime.client import transport, trust
from openai_realtime.client.trust import create_context, load_ca_file, share_context
from openai_realtime.errors import SettingsError, UnreachableError
from openai_realtime.request import LIST_MODELS
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer


@pytest.fixture(scope="module")
def places(ca_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Write the authority's certificate to a file and a folder in OpenSSL's form, another's too."""
    folder = tmp_path_factory.mktemp("certificates")
    if shutil.which("openssl") is not None:
        command = ["openssl", "x509", "-hash", "-noout", "-in", str(ca_file)]
        name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - our own words
        shutil.copy(ca_file, folder / f"{name}.0")
    trustme.CA().cert_pem.write_to_path(str(folder / "other.pem"))
    return {"file": str(ca_file), "folder": str(folder), "other": str(folder / "other.pem")}


PEM = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def ask(world: Any, secure: Sandbox, **settings: Any) -> int:
    """Return the status of an answer."""
    status: int = world.dial(secure.base_url, attempts=3, **settings).ask(LIST_MODELS).status
    return status


def refuse(world: Any, secure: Sandbox, **settings: Any) -> None:
    """Ask, and assert that the server is not trusted, so that it is asked nothing."""
    calls = len(secure.calls)
    error = catch(UnreachableError, lambda: ask(world, secure, **settings))
    assert str(error).startswith("The certificate of 127.0.0.1:")
    assert "be entered as CA file in the configuration" in str(error)
    assert len(world.senders[-1].lines) == 1
    assert len(secure.calls) == calls


FOLDERS = pytest.mark.skipif(shutil.which("openssl") is None, reason="names such a folder's files")


@pytest.mark.parametrize(
    ("sources", "is_trusted"),
    [
        ({}, False),
        ({"SSL_CERT_FILE": "other"}, False),
        ({"setting": "file"}, True),
        ({"SSL_CERT_FILE": "file"}, True),
        ({"REQUESTS_CA_BUNDLE": "file"}, True),
        pytest.param({"SSL_CERT_DIR": "folder"}, True, marks=FOLDERS),
        pytest.param({"REQUESTS_CA_BUNDLE": "folder"}, True, marks=FOLDERS),
        ({"SSL_CERT_FILE": "other", "setting": "file"}, True),
        ({"SSL_CERT_FILE": "other", "REQUESTS_CA_BUNDLE": "file"}, True),
    ],
)
def test_trusts_what_is_named(
    world: Any,
    secure: Sandbox,
    places: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    sources: dict[str, str],
    *,
    is_trusted: bool,
) -> None:
    """The setting and each variable make an authority known, and none replaces another."""
    given = {name: places[place] for name, place in sources.items()}
    settings = {"ca_file": given.pop("setting")} if "setting" in given else {}
    for name, place in given.items():
        monkeypatch.setenv(name, place)
    if is_trusted:
        assert ask(world, secure, **settings) == 200
    else:
        refuse(world, secure, **settings)


def count_authorities(ca_file: str = "") -> int:
    """Return how many authorities a new context trusts."""
    return create_context(ca_file).cert_store_stats()["x509_ca"]


def test_ca_file_adds_to_the_system(
    ca_file: Path, places: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A private authority does not replace the public ones; a variable does."""
    before = count_authorities()
    assert before > 20
    assert count_authorities(str(ca_file)) == before + 1
    monkeypatch.setenv("SSL_CERT_FILE", places["other"])
    assert count_authorities(str(ca_file)) == 2


def test_falls_back_to_certifi(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without any certificates gets those of Mozilla."""
    monkeypatch.setattr(trust, "_BUNDLES", ("/no/such/file",))
    assert count_authorities() > 20


@pytest.mark.parametrize("system", ["Windows", "Darwin"])
def test_asks_the_system(
    world: Any, secure: Sandbox, ca_file: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    """On Windows and macOS truststore asks the system, and a file of certificates adds to it."""
    pytest.importorskip("truststore")  # before it can be mistaken about the system
    monkeypatch.setattr(platform, "system", lambda: system)
    assert type(create_context()).__module__.startswith("truststore")
    refuse(world, secure)
    assert ask(world, secure, ca_file=str(ca_file)) == 200
    monkeypatch.setitem(sys.modules, "truststore", None)
    assert type(create_context()) is ssl.SSLContext


@pytest.mark.parametrize(
    ("path", "content", "problem"),
    [
        ("ca.pem", None, "does not exist. Enter the whole path"),
        ("ca.pem", b"", "has no certificate in PEM form"),
        ("ca.pem", b"\x30\x82\x01\x0a\x02\x82", "has no certificate in PEM form"),
        ("ca.pem", PEM, "has no certificate in PEM form"),
        (".", None, "is a folder."),
        ("a\x00b", None, "cannot be read."),
        ("~nobody-of-that-name/ca.pem", None, "cannot be read."),
        ("x" * 5000, None, "cannot be read."),
    ],
)
def test_refuses_ca_files(  # noqa: PLR0917 - a table's columns and fixtures
    world: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    content: bytes | None,
    problem: str,
) -> None:
    """A file that cannot be used is named, when it is checked and when it is needed."""
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(path).write_bytes(content)
    for call in (lambda: load_ca_file(path), lambda: world.dial("https://h.x", ca_file=path)):
        error = catch(SettingsError, call)
        assert error.setting == "CA file"
        # The end of a path tells more than its beginning.
        assert f"{path[-1]}' {problem}" in str(error)


def test_reads_no_certificates_in_vain(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no TLS is spoken, no certificates are read: that takes time."""
    made: list[tuple[str, ...]] = []
    monkeypatch.setattr(transport, "share_context", lambda *given: made.append(given))
    with RawServer([Step.READ, compose_answer(b"{}")]) as server:
        assert world.dial(server.url).ask().status == 200
    assert made == []


@pytest.mark.parametrize(
    ("name", "value"), [("SSL_CERT_FILE", "/no/such/file"), ("REQUESTS_CA_BUNDLE", __file__)]
)
def test_names_a_wrong_variable(
    world: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A variable whose certificates cannot be read is named."""
    monkeypatch.setenv(name, value)
    error = catch(UnreachableError, world.dial, "https://api.example.invalid/v1")
    assert str(error).startswith(f"The certificates that {name} names cannot be read.")


def test_shares_what_has_not_changed(
    ca_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certificates are read once, and again when a variable, the file or a folder has changed."""

    def change_folder() -> None:
        (tmp_path / "new.pem").write_text("", "ascii")

    folders = os.pathsep.join([str(ca_file.parent), str(tmp_path)])
    last = share_context(str(ca_file), "test")
    for change in (
        lambda: os.utime(ca_file, ns=(1, 1)),
        lambda: monkeypatch.setenv("SSL_CERT_DIR", folders),
        change_folder,
    ):
        assert share_context(str(ca_file), "test") is last
        assert share_context(str(ca_file), "another purpose") is not last
        change()
        shared = share_context(str(ca_file), "test")
        assert shared is not last
        last = shared


def test_keeps_nothing_that_failed(tmp_path: Path, authority: trustme.CA) -> None:
    """A file that could not be read can be put right."""
    path = tmp_path / "late.pem"
    catch(SettingsError, share_context, str(path), "test")
    authority.cert_pem.write_to_path(str(path))
    assert share_context(str(path), "test").cert_store_stats()["x509_ca"] > 0
