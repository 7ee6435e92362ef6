# SPDX-License-Identifier: MIT
"""The command line `realtime-session`: runs the two nodes, chained, without KNIME.

It uses the product only as KNIME does: through the extension's nodes.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from realtime_dev.descriptions import describe_settings
from realtime_dev.display import collect_secrets, get_terminal_width, mask_frame, print_table
from realtime_dev.fields_command import format_setting, format_settings, select_settings
from realtime_dev.host import Host
from realtime_dev.host.settings import UnknownSettingError
from realtime_dev.knime_standin.install import install
from realtime_dev.table_files import check_file, write_table
from realtime_dev.usage import UsageError
from realtime_dev.user_settings import PREFIX, UserSettings, find_ineffective

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from realtime_dev.host import Execution

_CREDENTIAL = "api key"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_BROKEN_PIPE = 141
"""The exit code that shells report for a program ended by SIGPIPE."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, or 1 after a line on standard error."""
    options = _make_parser().parse_args(arguments)
    install()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # On a terminal without Unicode, print question marks instead of failing.
        sys.stdout.reconfigure(errors="replace")
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("Canceled.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        _silence_output()
        return _BROKEN_PIPE
    except UnknownSettingError as error:
        print(f"{error} 'realtime-session fields' lists all settings.", file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001 - as KNIME does for errors of nodes
        print(" ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        return 1
    return code


def _silence_output() -> None:
    """Redirect the output to nowhere, so that Python's last flush to the closed pipe succeeds."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):
        os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="realtime-session",
        description="Create client secrets for OpenAI's Realtime API with the KNIME nodes, "
        "without KNIME.",
    )
    version = metadata.version("openai-realtime-knime")
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(
        commands.add_parser(
            "run",
            help="run both nodes and print the table",
            description="Run 'OpenAI Realtime Configuration' and 'Create Realtime Session', "
            "chained. The API key is read from OPENAI_API_KEY; with --sandbox none is needed.",
        )
    )
    fields = commands.add_parser("fields", help="list the settings of both nodes")
    fields.add_argument("path", metavar="PATH", nargs="?", help="one setting, or a section")
    fields.add_argument("--wide", action="store_true", help="a table with lines of any length")
    fields.set_defaults(run=_list_fields)
    sandbox = commands.add_parser("sandbox", help="serve the API on this machine until Ctrl-C")
    sandbox.add_argument("--port", type=int, default=8080, help="0: any free port (default 8080)")
    sandbox.set_defaults(run=_serve)
    return parser


def _add_run(run: argparse.ArgumentParser) -> None:
    where = run.add_mutually_exclusive_group()
    where.add_argument(
        "--sandbox",
        action="store_true",
        help="use a sandbox on this machine",
    )
    where.add_argument("--base-url", metavar="URL", help="the address of a compatible server")
    run.add_argument(
        "--settings",
        metavar="FILE.json",
        type=Path,
        help="settings of the session node, and of the configuration node below 'configuration'",
    )
    run.add_argument(
        "--set",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="one setting; may be repeated. Paths of the configuration node begin with "
        "'configuration.'; 'realtime-session fields' lists all paths",
    )
    run.add_argument(
        "--format",
        choices=("structured", "raw"),
        help="a column for each property, or the raw answer",
    )
    run.add_argument("--show-secret", action="store_true", help="do not mask the client secret")
    run.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="also write the table to a .csv, .parquet or .json file; the client secret is masked "
        "unless --show-secret is given (then only you can read the file)",
    )
    run.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    host = Host()
    configuration, session = _read_settings(host, options)
    if options.out is not None:
        check_file(options.out)
    with contextlib.ExitStack() as stack:
        key = os.environ.get("OPENAI_API_KEY", "")
        address = options.base_url
        if options.sandbox:
            from realtime_dev.drift import read_newer_paths  # noqa: PLC0415 - after install()
            from realtime_dev.sandbox import Sandbox  # noqa: PLC0415 - slow to import

            sandbox = stack.enter_context(Sandbox(newer_paths=read_newer_paths()))
            key, address = sandbox.api_key, sandbox.base_url
        if address is not None:
            configuration = {"provider": "compatible", "base_url": address, **configuration}
        if not key:
            raise UsageError("Set the environment variable OPENAI_API_KEY, or use --sandbox.")
        if _is_loopback(str(configuration.get("base_url", ""))):
            stack.enter_context(_without_proxy())
        _show(_execute_nodes(host, configuration, session, key), options)
    return 0


def _is_loopback(address: str) -> bool:
    try:
        return urlsplit(address).hostname in _LOOPBACK
    except ValueError:
        # The node reports an invalid address.
        return False


@contextlib.contextmanager
def _without_proxy() -> Iterator[None]:
    """Use no proxy for addresses of this machine."""
    names = ("NO_PROXY", "no_proxy")
    before = {name: os.environ.get(name) for name in names}
    entries = [part for value in before.values() if value for part in value.split(",")]
    os.environ.update(dict.fromkeys(names, ",".join(dict.fromkeys([*entries, *_LOOPBACK]))))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _execute_nodes(
    host: Host, configuration: dict[str, Any], session: dict[str, Any], key: str
) -> Execution:
    credentials = {_CREDENTIAL: ("", key)}
    configuration = {"credential": _CREDENTIAL, **configuration}
    first = host.execute("configuration", configuration, [None], credentials=credentials)
    for warning in [*first.warnings, *find_ineffective(host, session, first.outputs[0].spec)]:
        print(f"Warning: {warning}", file=sys.stderr)
    second = host.execute("session", session, [first.outputs[0]], credentials=credentials)
    # The node gives the same warnings when it is configured and when it is executed.
    for warning in dict.fromkeys(second.warnings):
        print(f"Warning: {warning}", file=sys.stderr)
    return second


def _show(execution: Execution, options: argparse.Namespace) -> None:
    table: Any = execution.outputs[0]
    frame = table.to_pandas()
    secrets = collect_secrets(frame)
    if not options.show_secret:
        frame = mask_frame(frame, secrets)
    print_table(table.columns, frame)
    if options.out is not None:
        private = bool(secrets) and options.show_secret
        write_table(table.columns, frame, options.out, private=private)


def _read_settings(
    host: Host, options: argparse.Namespace
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings of the two nodes, from the file, `--set` and `--format`."""
    given = UserSettings(host)
    if options.settings is not None:
        given.add_file(options.settings)
    for text in options.set:
        given.add_text(text)
    if options.format:
        given.add({"result_format": options.format})
    return given.configuration(), given.session()


def _list_fields(options: argparse.Namespace) -> int:
    host = Host()
    settings = list(describe_settings(host, "session"))
    settings += [
        replace(setting, path=f"{PREFIX}.{setting.path}")
        for setting in describe_settings(host, PREFIX)
    ]
    width = get_terminal_width()
    if options.path is not None:
        settings = select_settings(settings, options.path)
    if options.path is not None and settings[0].path == options.path:
        lines = format_setting(settings[0], width)
    else:
        lines = format_settings(settings, None if options.wide else width)
    for line in lines:
        print(line)
    return 0


def _serve(options: argparse.Namespace) -> int:
    from realtime_dev.drift import read_newer_paths  # noqa: PLC0415 - slow to import
    from realtime_dev.sandbox import serve  # noqa: PLC0415 - slow to import

    serve(options.port, read_newer_paths())
    return 0


if __name__ == "__main__":
    sys.exit(main())
