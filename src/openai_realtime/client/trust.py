# SPDX-License-Identifier: MIT
"""Which certificates are trusted: the system's or those that its administrator names, and ours.

Imports ssl, so nodes import this module only where they use it.
"""

from __future__ import annotations

import os
import platform
import ssl
import threading
from pathlib import Path

from openai_realtime.errors import SettingsError, UnreachableError

CA_FILE = "CA file"
"""The label of the setting that adds certificates."""

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


def create_context(ca_file: str = "") -> ssl.SSLContext:
    """Return what a client needs for TLS; takes some 20 ms, most of them for reading files.

    Trusted is what the variables SSL_CERT_FILE, SSL_CERT_DIR and REQUESTS_CA_BUNDLE name, all
    together; where none is set, what the operating system trusts. `ca_file` is trusted as well.
    Raises UnreachableError for a variable, SettingsError for a `ca_file` that cannot be used.
    """
    named = {name: os.environ[name] for name in _VARIABLES if os.environ.get(name)}
    context = _make_plain() if named else _make_system()
    seen: set[str] = set()
    for name, path in named.items():
        if path not in seen and not _load(context, path):
            # The path stays out: the variable's name is enough to find it.
            raise UnreachableError(
                f"The certificates that {name} names cannot be read. Correct the variable, or "
                "remove it, and start KNIME again."
            )
        seen.add(path)
    if ca_file:
        _load_own(context, ca_file)
    return context


def share_context(ca_file: str, purpose: str) -> ssl.SSLContext:
    """Return what `make_context` does; from the second time on, the one that is there already.

    It is made anew once a variable or a file has changed. `purpose` keeps apart who may not have
    the same one: httpcore writes into it which protocols are offered.
    """
    named = tuple(os.environ.get(name, "") for name in _VARIABLES)
    # Variables may name several folders.
    places = [place for each in named for place in each.split(os.pathsep)]
    state = (named, ca_file, *map(_read_state, (ca_file, *named, *places, *_BUNDLES)))
    with _lock:
        known = _shared.get(purpose)
        if known is None or known[0] != state:
            known = _shared[purpose] = (state, create_context(ca_file))
        return known[1]


def _read_state(path: str) -> tuple[int, ...]:
    """Return what differs as soon as a file or folder has changed; nothing for none."""
    if not path:
        return ()
    try:
        found = Path(path).expanduser().stat()
    except (OSError, ValueError, RuntimeError):
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


_lock = threading.Lock()
_shared: dict[str, tuple[object, ssl.SSLContext]] = {}


def create_empty_context() -> ssl.SSLContext:
    """Return what stands in for a context where no TLS is spoken: it trusts nobody."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def check_ca_file(ca_file: str) -> None:
    """Raise SettingsError if `ca_file` is no readable file with certificates in PEM."""
    _load_own(create_empty_context(), ca_file)


def _load_own(context: ssl.SSLContext, ca_file: str) -> None:
    problem = ""
    try:
        path = Path(ca_file).expanduser()
        if path.is_dir():
            problem = "is a folder. Enter a file with certificates in PEM form."
        else:
            context.load_verify_locations(cafile=path)
    except FileNotFoundError:
        problem = "does not exist. Enter the whole path of a file that is on this computer."
    except ssl.SSLError:
        problem = "has no certificate in PEM form in it (-----BEGIN CERTIFICATE-----)."
    except (OSError, ValueError, RuntimeError):
        # ValueError is for a null character, RuntimeError for a home that nobody has.
        problem = "cannot be read. Check the path and the rights to read it."
    if problem:
        raise SettingsError(CA_FILE, f"'{_shorten(ca_file)}' {problem}")


def _shorten(path: str) -> str:
    """Return the end of a path, which tells more than its beginning."""
    longest = 120
    return path if len(path) <= longest else "…" + path[-longest:]


def _load(context: ssl.SSLContext, path: str) -> bool:
    try:
        if os.pathsep in path or Path(path).is_dir():
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        return False
    return True


def _make_plain() -> ssl.SSLContext:
    """Return a context without certificates."""
    # Not ssl.create_default_context(): from Python 3.13 on it is so strict that it refuses the
    # certificates of many a company's own authority.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # An authority that is trusted need not be a root.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _make_system() -> ssl.SSLContext:
    """Return a context that trusts what the operating system does."""
    if platform.system() in ("Windows", "Darwin"):
        try:
            # Imported here: needed on these two only, and not installed everywhere.
            import truststore  # noqa: PLC0415
        except ImportError:
            pass
        else:
            return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Elsewhere truststore reads a file like these, too, but anew for each connection (22 ms), and
    # under a lock that lets only one connection at a time shake hands.
    context = _make_plain()
    if not any(_load(context, path) for path in _BUNDLES):
        import certifi  # noqa: PLC0415 - needed here only

        context.load_verify_locations(cafile=certifi.where())
    return context
