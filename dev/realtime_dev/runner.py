# SPDX-License-Identifier: MIT
"""The command line `realtime-session`: runs the nodes, chained, without KNIME.

It uses the product only as KNIME does: through the extension's nodes.
"""

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from realtime_dev.fields_command import list_fields
from realtime_dev.host.settings import UnknownSettingError
from realtime_dev.knime_standin.install import install
from realtime_dev.run_command import run
from realtime_dev.usage import UsageError, show_controls, translate

_BROKEN_PIPE = 141  # as shells report a program that SIGPIPE has ended

_NODES = ("session", "sessions", "transcription", "translation")
_RUN = """\
Run 'OpenAI Realtime Configuration' and one of the other nodes, chained, and print its table. The
API key is read from the environment variable OPENAI_API_KEY; with --sandbox none is needed. Where a
setting takes a credential, such as a gateway's token, give the name of an environment variable."""
_RUN_MORE = """\
exit codes:
  0  there is a table. With --format raw, an answer with an error is a row too: see the column
     'status'. But a wrong key ends with 1, unless you add --set configuration.verify=false.
     With --node sessions --set on_error=continue, see the column 'Error'.
  1  a setting is wrong, the server refuses or cannot be reached, or Ctrl-C: see the last line
  2  the command line is wrong, or a file that it names cannot be used

example:
  realtime-session run --node sessions --rows users.csv --set instructions_column=prompt
"""
_FILES = (
    ("--rows", "FILE.csv", "the table for --node sessions; a column RowID names the rows"),
    ("--settings", "FILE.json", "settings; those of the configuration are below 'configuration'"),
    ("--out", "FILE", "also write the table (.csv, .parquet, .json), or a page to try it (.html)"),
)
_SANDBOX_MORE = """\
It prints its address and its key. Example, in a second terminal:
  export OPENAI_API_KEY=...   (the key that it printed)
  realtime-session run --base-url http://127.0.0.1:8080/v1
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, or 1 or 2 after a line on standard error."""
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
        # Python's last flush to the closed pipe goes nowhere.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - as KNIME does for errors of nodes
        line = " ".join(translate(str(error)).split()) or type(error).__name__
        if isinstance(error, UnknownSettingError):
            line += " 'realtime-session fields' lists all settings."
        print(show_controls(line), file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    return code


def _make_parser() -> argparse.ArgumentParser:
    about = "Create client secrets for OpenAI's Realtime API with the KNIME nodes, without KNIME."
    parser = argparse.ArgumentParser(prog="realtime-session", description=about)
    version = metadata.version("openai-realtime-knime")
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, about: str, more: str = "", text: str = "") -> argparse.ArgumentParser:
        shown = text or f"{about[0].upper()}{about[1:]}."
        form = argparse.RawDescriptionHelpFormatter
        return commands.add_parser(
            name, help=about, description=shown, epilog=more, formatter_class=form
        )

    _add_run(add("run", "run the nodes and print the table", _RUN_MORE, _RUN))
    fields = add("fields", "list the settings of a node and of the configuration node")
    _add_node(fields)
    fields.add_argument("path", metavar="PATH", nargs="?", help="one setting, or a section")
    fields.add_argument("--wide", action="store_true", help="a table with lines of any length")
    fields.set_defaults(run=list_fields)
    sandbox = add("sandbox", "serve the API on this machine until Ctrl-C", _SANDBOX_MORE)
    sandbox.add_argument("--port", type=int, default=8080, help="0: any free port (default 8080)")
    tls = "serve https and wss, with a certificate of an authority of its own"
    sandbox.add_argument("--tls", action="store_true", help=tls)
    sandbox.set_defaults(run=_serve)
    return parser


def _add_node(command: argparse.ArgumentParser) -> None:
    about = "the node (default session); sessions: one secret for each row of a table"
    command.add_argument("--node", choices=_NODES, default="session", help=about)


def _add_run(command: argparse.ArgumentParser) -> None:
    _add_node(command)
    where = command.add_mutually_exclusive_group()
    where.add_argument("--sandbox", action="store_true", help="use a sandbox on this machine")
    where.add_argument("--base-url", metavar="URL", help="the address of a compatible server")
    for name, metavar, about in _FILES:
        command.add_argument(name, metavar=metavar, type=Path, help=about)
    command.add_argument(
        "--set",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="one setting; may be repeated. Lists are JSON; @FILE is the text in a file. Paths of "
        "the configuration node begin with 'configuration.'; 'realtime-session fields' lists all",
    )
    command.add_argument(
        "--format",
        choices=("structured", "raw", "secret"),
        help="structured: a column for each property; raw: the raw answer; secret: the secret and "
        "its expiry (only with --node sessions, the default there)",
    )
    command.add_argument(
        "--show-secret",
        action="store_true",
        help="do not mask client secrets; then only you can read the file of --out",
    )
    command.set_defaults(run=run)


def _serve(options: argparse.Namespace) -> int:
    from realtime_dev.drift import read_newer_paths  # noqa: PLC0415 - slow to import
    from realtime_dev.sandbox import serve  # noqa: PLC0415 - slow to import

    serve(options.port, read_newer_paths(), tls=options.tls)
    return 0


if __name__ == "__main__":
    sys.exit(main())
