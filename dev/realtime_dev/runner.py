# SPDX-License-Identifier: MIT
"""The command line `realtime-session`: the two nodes chained, without KNIME.

It knows the product through its public door only: the extension's nodes and their form.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realtime_dev.display import find_secrets, mask_frame, print_listing, print_table, write_table
from realtime_dev.knime_standin.install import install

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_dev.host import Execution, Host

_CREDENTIAL = "api key"
_NODE_PREFIX = "configuration"


class UsageError(Exception):
    """The command line or a settings file is wrong; one line for the user."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, or 1 after a line on standard error."""
    options = _make_parser().parse_args(arguments)
    install()
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        print("Canceled.", file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001 - whatever a node raises is shown as KNIME would
        print(" ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        return 1
    return code


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="realtime-session",
        description="Mint client secrets for OpenAI's Realtime API with the KNIME nodes, "
        "outside of KNIME.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="run both nodes and print the table",
        description="Run 'OpenAI Realtime Configuration' and 'Create Realtime Session', chained. "
        "The API key comes from OPENAI_API_KEY, with --sandbox from the sandbox.",
    )
    where = run.add_mutually_exclusive_group()
    where.add_argument("--sandbox", action="store_true", help="start a sandbox and use it")
    where.add_argument("--base-url", metavar="URL", help="a compatible server's address")
    run.add_argument("--settings", metavar="FILE.json", type=Path, help="the session's settings")
    run.add_argument(
        "--set",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="one setting, see 'realtime-session fields'; configuration.PATH=VALUE is one of the "
        "configuration node's",
    )
    run.add_argument("--format", choices=("structured", "raw"), help="what the table holds")
    run.add_argument("--show-secret", action="store_true", help="do not mask the client secret")
    run.add_argument(
        "--out", metavar="FILE", type=Path, help="also write the table: .csv, .parquet or .json"
    )
    run.set_defaults(run=_run)
    fields = commands.add_parser("fields", help="list the session's settings")
    fields.set_defaults(run=_list_fields)
    sandbox = commands.add_parser("sandbox", help="serve the API on this machine until Ctrl-C")
    sandbox.add_argument("--port", type=int, default=8080, help="0 for a free one (default 8080)")
    sandbox.set_defaults(run=_serve)
    return parser


def _run(options: argparse.Namespace) -> int:
    from realtime_dev.host import Host  # noqa: PLC0415 - after install()

    host = Host()
    configuration, session = _read_settings(host, options)
    with contextlib.ExitStack() as stack:
        key = os.environ.get("OPENAI_API_KEY", "")
        if options.sandbox:
            from realtime_dev.sandbox import Sandbox  # noqa: PLC0415 - slow to import

            sandbox = stack.enter_context(Sandbox())
            key = sandbox.api_key
            configuration = {
                "provider": "compatible",
                "base_url": sandbox.base_url,
                **configuration,
            }
        elif options.base_url is not None:
            configuration = {
                "provider": "compatible",
                "base_url": options.base_url,
                **configuration,
            }
        if not key:
            raise UsageError("Set the environment variable OPENAI_API_KEY, or use --sandbox.")
        _show(_chain(host, configuration, session, key), options)
    return 0


def _chain(
    host: Host, configuration: dict[str, Any], session: dict[str, Any], key: str
) -> Execution:
    credentials = {_CREDENTIAL: ("", key)}
    configuration = {"credential": _CREDENTIAL, **configuration}
    first = host.execute("configuration", configuration, [None], credentials=credentials)
    second = host.execute("session", session, [first.outputs[0]], credentials=credentials)
    for warning in first.warnings + second.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    return second


def _show(execution: Execution, options: argparse.Namespace) -> None:
    table: Any = execution.outputs[0]
    frame = table.to_pandas()
    if not options.show_secret:
        frame = mask_frame(frame, find_secrets(frame))
    print_table(table.columns, frame)
    if options.out is not None:
        write_table(frame, options.out)


def _read_settings(
    host: Host, options: argparse.Namespace
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings of the two nodes, from the file, `--set` and `--format`."""
    session: dict[str, Any] = {}
    if options.settings is not None:
        session = _read_file(options.settings)
    configuration = session.pop(_NODE_PREFIX, {})
    known = _flatten(host.default_settings("session"))
    for text in options.set:
        path, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set {text}: write PATH=VALUE.")
        if path.startswith(_NODE_PREFIX + "."):
            configuration[path.removeprefix(_NODE_PREFIX + ".")] = _read_value(value, "")
            continue
        session[path] = _read_value(value, known.get(path))
        if f"{path}_set" in known:
            # Whoever sets a number means it to be sent.
            session[f"{path}_set"] = True
    if options.format:
        session["format"] = options.format
    return configuration, session


def _read_file(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}.") from None
    if not isinstance(settings, dict):
        raise UsageError(f"{path} holds no JSON object.")
    return settings


def _read_value(text: str, default: object) -> object:
    """Return `text` as JSON if it is some, unless the setting holds text anyway."""
    if isinstance(default, str) and default != "":
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(default, str):
        return value if isinstance(value, str) else text
    return value


def _flatten(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


def _list_fields(_options: argparse.Namespace) -> int:
    import extension  # noqa: PLC0415 - after install()

    print_listing(extension.session.list_own_settings())
    return 0


def _serve(options: argparse.Namespace) -> int:
    from realtime_dev.sandbox import serve  # noqa: PLC0415 - slow to import

    serve(options.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
