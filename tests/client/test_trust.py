# SPDX-License-Identifier: MIT
"""Whom the client trusts: a private authority, made known in each of the possible ways."""

from __future__ import annotations

import os
import platform
import shutil
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from openai_realtime.client import transport, trust
from openai_realtime.client.trust import check_ca_file, create_context, share_context
from openai_realtime.errors import SettingsError, UnreachableError
from openai_realtime.request import LIST_MODELS
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def secure(identity: dict[str, Path]) -> Iterator[Sandbox]:
    """Provide a sandbox behind TLS, whose authority nobody knows."""
    with Sandbox(**identity) as sandbox:  # type: ignore[arg-type]  # certfile and keyfile
        yield sandbox


@pytest.fixture
def other_ca(tmp_path: Path) -> Path:
    """Write down the certificate of an authority that has nothing to do with the server."""
    path = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return path


def ask(world: Any, secure: Sandbox, **settings: Any) -> int:
    """Return the status of an answer; the key is the sandbox's."""
    world.key = secure.api_key
    status: int = world.dial(secure.base_url, **settings).send(LIST_MODELS).status
    return status


def refuse(world: Any, secure: Sandbox, **settings: Any) -> str:
    """Return the error that says that the server is not trusted."""
    calls = len(secure.calls)
    sender = world.dial(secure.base_url, attempts=3, **settings)
    message = str(world.fail(UnreachableError, sender.send))
    assert len(secure.calls) == calls
    assert len(world.lines) == 1
    assert message.startswith("The certificate of 127.0.0.1:")
    return message


def test_trusts_no_stranger(world: Any, secure: Sandbox) -> None:
    """By default the system decides, and it does not know the server's authority."""
    assert "be entered as CA file in the configuration" in refuse(world, secure)


def test_trusts_the_ca_file(world: Any, secure: Sandbox, ca_file: Path) -> None:
    """The setting makes an authority known."""
    assert ask(world, secure, ca_file=str(ca_file)) == 200


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_trusts_what_variables_name(
    world: Any, secure: Sandbox, ca_file: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """KNIME's variables make an authority known."""
    monkeypatch.setenv(variable, str(ca_file))
    assert ask(world, secure) == 200


@pytest.mark.skipif(shutil.which("openssl") is None, reason="names the files of such a folder")
@pytest.mark.parametrize("variable", ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_trusts_a_folder(  # noqa: PLR0917 - fixtures
    world: Any,
    secure: Sandbox,
    ca_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    """A folder in OpenSSL's form serves as well as a file."""
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(ca_file)]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - our own words
    shutil.copy(ca_file, tmp_path / f"{name}.0")
    monkeypatch.setenv(variable, str(tmp_path))
    assert ask(world, secure) == 200


def test_variables_replace_the_system(
    world: Any, secure: Sandbox, other_ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable with another authority does not help."""
    monkeypatch.setenv("SSL_CERT_FILE", str(other_ca))
    refuse(world, secure)
    stats = create_context().cert_store_stats()
    assert stats["x509_ca"] == 1


@pytest.mark.parametrize("own", ["setting", "REQUESTS_CA_BUNDLE"])
def test_sources_add_up(  # noqa: PLR0917 - fixtures
    world: Any,
    secure: Sandbox,
    ca_file: Path,
    other_ca: Path,
    monkeypatch: pytest.MonkeyPatch,
    own: str,
) -> None:
    """What one source makes known is not forgotten because of another."""
    monkeypatch.setenv("SSL_CERT_FILE", str(other_ca))
    settings = {"ca_file": str(ca_file)} if own == "setting" else {}
    if not settings:
        monkeypatch.setenv(own, str(ca_file))
    assert ask(world, secure, **settings) == 200


def test_ca_file_adds_to_the_system(ca_file: Path) -> None:
    """A private authority does not replace the public ones."""
    before = create_context().cert_store_stats()["x509_ca"]
    assert before > 20
    assert create_context(str(ca_file)).cert_store_stats()["x509_ca"] == before + 1


def test_falls_back_to_certifi(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without any certificates gets those of Mozilla."""
    monkeypatch.setattr(trust, "_BUNDLES", ("/no/such/file",))
    assert create_context().cert_store_stats()["x509_ca"] > 20


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


def test_does_without_truststore(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where truststore is not installed, files of certificates serve."""
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    monkeypatch.setitem(sys.modules, "truststore", None)
    assert type(create_context()) is ssl.SSLContext


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "does not exist. Enter the whole path"),
        (b"", "has no certificate in PEM form"),
        (b"no certificate", "has no certificate in PEM form"),
        (b"\x30\x82\x01\x0a\x02\x82", "has no certificate in PEM form"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "has no certificate"),
    ],
)
def test_refuses_ca_files(world: Any, tmp_path: Path, content: bytes | None, problem: str) -> None:
    """A file that cannot be used is named, when it is checked and when it is needed."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    settings = {"ca_file": str(path)}
    for call in (lambda: check_ca_file(str(path)), lambda: world.dial("https://h.x", **settings)):
        error = world.fail(SettingsError, call)
        assert error.setting == "CA file"
        assert "ca.pem' " in str(error)
        assert problem in str(error)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/", "is a folder."),
        ("a\x00b", "cannot be read."),
        ("~nobody-of-that-name/ca.pem", "cannot be read."),
        ("/" + "x" * 5000, "cannot be read."),
    ],
)
def test_refuses_paths(world: Any, path: str, problem: str) -> None:
    """What is no path of a file is refused in one short line."""
    error = world.fail(SettingsError, check_ca_file, path)
    assert problem in str(error)


def test_reads_no_certificates_in_vain(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no TLS is spoken, no certificates are read: that takes time."""
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file")
    made: list[tuple[str, ...]] = []
    monkeypatch.setattr(transport, "share_context", lambda *given: made.append(given))
    with RawServer([Step.READ, compose_answer(b"{}")]) as server:
        assert world.dial(server.url).send().status == 200
    assert made == []


@pytest.mark.parametrize(
    ("name", "value"), [("SSL_CERT_FILE", "/no/such/file"), ("REQUESTS_CA_BUNDLE", __file__)]
)
def test_names_a_wrong_variable(
    world: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A variable whose certificates cannot be read is named."""
    monkeypatch.setenv(name, value)
    error = world.fail(UnreachableError, world.dial, "https://api.example.invalid/v1")
    assert str(error).startswith(f"The certificates that {name} names cannot be read.")


def test_shares_what_has_not_changed(ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates are read once, and again when a variable or a file is another one."""
    first = share_context(str(ca_file), "test")
    assert share_context(str(ca_file), "test") is first
    assert share_context(str(ca_file), "other test") is not first
    os.utime(ca_file, ns=(1, 1))
    second = share_context(str(ca_file), "test")
    assert second is not first
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    assert share_context(str(ca_file), "test") is not second


def test_sees_a_change_in_one_of_several_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable may name a list of folders, and each of them counts."""
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setenv("SSL_CERT_DIR", os.pathsep.join(map(str, folders)))
    first = share_context("", "test")
    assert share_context("", "test") is first
    (folders[1] / "new.pem").write_text("", "ascii")
    assert share_context("", "test") is not first


def test_keeps_nothing_that_failed(tmp_path: Path, authority: trustme.CA) -> None:
    """A file that could not be read can be put right."""
    path = tmp_path / "late.pem"
    with pytest.raises(SettingsError):
        share_context(str(path), "test")
    authority.cert_pem.write_to_path(str(path))
    assert share_context(str(path), "test").cert_store_stats()["x509_ca"] > 0
