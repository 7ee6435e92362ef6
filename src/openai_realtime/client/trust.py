# SPDX-License-Identifier: MIT
"""Which certificates are trusted: the system's or those that its administrator names, and ours.

Imports ssl, so nodes import this module only where they use it.
"""

from __future__ import annotations

import os
import platform
import ssl
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from openai_realtime.errors import SettingsError, UnreachableError

CA_FILE = "CA file"  # the label of the setting that adds certificates
_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
# Where Linux and its relatives keep the certificates of the whole system. OpenSSL's own default
# does not serve: in a conda environment, such as KNIME's, it is conda's copy of Mozilla's list,
# which lacks what a company has added to the system.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, Red Hat
    "/etc/pki/tls/cert.pem",  # older ones of them
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine, BSD
)
_LONGEST_PATH = 120  # in a message, in characters


def create_context(ca_file: str = "") -> ssl.SSLContext:
    """Return what a client needs for TLS; takes some 20 ms, most of them for reading files.

    Trusted is what the variables SSL_CERT_FILE, SSL_CERT_DIR and REQUESTS_CA_BUNDLE name, all
    together; where none is set, what the operating system trusts. `ca_file` is trusted as well.
    Raises UnreachableError for a variable, SettingsError for a `ca_file` that cannot be used.
    """
    # By path, because KNIME sets several variables to the same one.
    named = {os.environ[name]: name for name in _VARIABLES if os.environ.get(name)}
    # Not ssl.create_default_context(): from Python 3.13 on it is so strict that it refuses the
    # certificates of many a company's own authority.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # An authority that is trusted need not be a root.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if not named:
        context = _trust_system(context)
    for path, name in named.items():
        if not _load(context, path):
            problem = f"The certificates that {name} names cannot be read."
            advice = "Correct the variable, or remove it, and start KNIME again."
            raise UnreachableError(f"{problem} {advice}")
    if ca_file:
        load_ca_file(ca_file, context)
    return context


def share_context(ca_file: str, purpose: str) -> ssl.SSLContext:
    """Return what `create_context` does, the same one until a variable or a file has changed.

    `purpose` keeps apart what may not share one: httpx sets on it which protocols are offered.
    """
    named = tuple(os.environ.get(name, "") for name in _VARIABLES)
    # Variables may name several folders.
    paths = [ca_file, *os.pathsep.join(named).split(os.pathsep), *_BUNDLES]
    return _create_once(ca_file, purpose, named, *(_read_state(path) for path in paths if path))


@lru_cache(maxsize=4)
def _create_once(ca_file: str, *_: object) -> ssl.SSLContext:
    return create_context(ca_file)


def _read_state(path: str) -> tuple[int, ...]:
    """Return what differs as soon as a file or folder has changed; nothing for none."""
    with suppress(OSError, ValueError, RuntimeError):
        found = Path(path).expanduser().stat()
        return found.st_mtime_ns, found.st_size, found.st_ino
    return ()


def load_ca_file(ca_file: str, context: ssl.SSLContext | None = None) -> None:
    """Let `context` trust the certificates in `ca_file`; SettingsError if it has none in PEM."""
    context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        path = Path(ca_file).expanduser()
        if not path.is_dir():
            context.load_verify_locations(cafile=path)
            return
        problem = "is a folder. Enter a file with certificates in PEM form."
    except FileNotFoundError:
        problem = "does not exist. Enter the whole path of a file that is on this computer."
    except ssl.SSLError:
        problem = "has no certificate in PEM form in it (-----BEGIN CERTIFICATE-----)."
    except (OSError, ValueError, RuntimeError):
        # ValueError is for a null character, RuntimeError for a home that nobody has.
        problem = "cannot be read. Check the path and the rights to read it."
    # The end of a path tells more than its beginning.
    shown = ca_file if len(ca_file) <= _LONGEST_PATH else f"…{ca_file[-_LONGEST_PATH:]}"
    raise SettingsError(CA_FILE, f"'{shown}' {problem}")


def _load(context: ssl.SSLContext, path: str) -> bool:
    kind = "capath" if os.pathsep in path or Path(path).is_dir() else "cafile"
    with suppress(OSError, ValueError):  # ssl.SSLError is an OSError
        context.load_verify_locations(**{kind: path})
        return True
    return False


def _trust_system(context: ssl.SSLContext) -> ssl.SSLContext:
    """Return `context`, or another one, that trusts what the operating system does."""
    if platform.system() in ("Windows", "Darwin"):
        with suppress(ImportError):
            import truststore  # noqa: PLC0415 - needed here only, and not installed everywhere

            return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Elsewhere truststore reads a file like these, too, but anew for each connection (22 ms), and
    # under a lock that lets only one connection at a time shake hands.
    if not any(_load(context, path) for path in _BUNDLES):
        import certifi  # noqa: PLC0415 - needed here only

        context.load_verify_locations(cafile=certifi.where())
    return context
