# SPDX-License-Identifier: MIT
"""The command `realtime-session run`: executes the configuration node and another one, chained."""

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Iterable
from typing import Any

from realtime_dev.descriptions import PREFIX
from realtime_dev.display import mask_secrets, print_table, show_progress
from realtime_dev.host import Execution, Host
from realtime_dev.table_files import PAGE, check_file, encode_table, read_rows, write_file
from realtime_dev.usage import KEY_VARIABLE, InputError, UsageError, show_controls, translate
from realtime_dev.user_settings import UserSettings, find_ineffective

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LOOPBACK_URL = r"(?i)https?://(localhost|127\.0\.0\.1|\[::1\])([:/]|$)"


def run(options: argparse.Namespace) -> int:
    """Execute the two nodes, print the table, and write it or a page to a file; return 0.

    Raises UsageError, InputError and what the nodes raise.
    """
    host = Host()
    given = UserSettings(host, options.node)
    if options.settings is not None:
        given.add_file(options.settings)
    for text in options.set:
        given.add_text(text)
    if options.format:
        given.add({"result_format": options.format})
    configuration, settings = given.split()
    if (options.node == "sessions") != (options.rows is not None):
        raise UsageError("--rows FILE.csv and --node sessions need each other.")
    rows = [] if options.rows is None else [host.table(read_rows(options.rows))]
    if options.out is not None:
        check_file(options.out)
        _check_page(options)
    # Outside KNIME, each environment variable is a credential.
    credentials = {name: ("", value) for name, value in os.environ.items() if value}
    with contextlib.ExitStack() as stack:
        address = options.base_url
        _warn_of_replaced(configuration, options)
        if options.sandbox:
            from realtime_dev.drift import read_newer_paths  # noqa: PLC0415 - after install()
            from realtime_dev.sandbox import Sandbox  # noqa: PLC0415 - slow to import

            sandbox = stack.enter_context(Sandbox(newer_paths=read_newer_paths()))
            is_azure = configuration.get("provider") == "azure"
            address = sandbox.azure_base_url if is_azure else sandbox.base_url
            credentials[KEY_VARIABLE] = ("", sandbox.api_key)
            configuration["credential"] = KEY_VARIABLE
        configuration = {"credential": KEY_VARIABLE, **configuration}
        if address is not None:
            configuration = {"provider": "compatible", **configuration, "base_url": address}
        if KEY_VARIABLE not in credentials and configuration["credential"] == KEY_VARIABLE:
            raise InputError(f"Set the environment variable {KEY_VARIABLE}, or use --sandbox.")
        if re.match(_LOOPBACK_URL, str(configuration.get("base_url", "")).strip()):
            _use_no_proxy(stack)
        nodes = {PREFIX: configuration, options.node: settings}
        _show(host, _execute_nodes(host, nodes, rows, credentials), options)
    return 0


def _check_page(options: argparse.Namespace) -> None:
    """Raise UsageError if `--out` is a page that would be of no use."""
    if options.out.suffix.lower() != PAGE:
        return
    problems = {
        "a page contains the secret; add --show-secret": not options.show_secret,
        "the sandbox ends with the command, so no page can use it. Start 'realtime-session "
        "sandbox', and give its address as --base-url": options.sandbox,
    }
    for problem in filter(problems.get, problems):
        raise UsageError(f"--out {options.out}: {problem}.")


def _warn_of_replaced(configuration: dict[str, Any], options: argparse.Namespace) -> None:
    """Print a line for each setting of the configuration node that an option replaces."""
    replaced = ("credential", "base_url") if options.sandbox else ("base_url",)
    option = "--sandbox" if options.sandbox else options.base_url and "--base-url"
    for name in filter(configuration.get, replaced if option else ()):
        print(f"Warning: {PREFIX}.{name} has no effect with {option}.", file=sys.stderr)


def _execute_nodes(
    host: Host,
    nodes: dict[str, dict[str, Any]],
    rows: list[Any],
    credentials: dict[str, tuple[str, str]],
) -> Execution:
    """Execute the nodes with these settings, chained; print each of their warnings once."""
    told: set[str] = set()

    def warn(warnings: Iterable[str]) -> None:
        for text in map(translate, warnings):
            if text not in told:
                print(f"Warning: {show_controls(text)}", file=sys.stderr)
                told.add(text)

    inputs: list[Any] = [None]
    for node_id, settings in nodes.items():
        if node_id != PREFIX:
            warn(find_ineffective(host, node_id, settings, [each.spec for each in inputs]))
        try:
            done = host.execute(
                node_id, settings, inputs, credentials=credentials, on_progress=show_progress
            )
        finally:
            show_progress()
        warn(done.warnings)
        inputs = [done.outputs[0], *rows]
    return done


def _use_no_proxy(stack: contextlib.ExitStack) -> None:
    """Use no proxy for addresses of this machine until the stack is closed."""
    stack.callback(os.environ.update, dict(os.environ))
    stack.callback(os.environ.clear)  # called first
    names = ("NO_PROXY", "no_proxy")
    hosts = [*filter(None, map(os.environ.get, names)), *_LOOPBACK]
    os.environ.update(dict.fromkeys(names, ",".join(hosts)))


def _show(host: Host, execution: Execution, options: argparse.Namespace) -> None:
    table: Any = execution.outputs[0]
    frame = table.to_pandas()
    for name, kind in table.columns:
        if "Integer" in kind:  # pandas has floating-point numbers where a value is missing
            frame[name] = frame[name].astype("Int64")
    masked = mask_secrets(frame)
    shown = frame if options.show_secret else masked
    if options.out is not None:
        ending = options.out.suffix.lower()
        if ending == PAGE:
            tested = host.execute("tester", {}, execution.outputs)
            for text in tested.warnings:
                print(f"Warning: {show_controls(text)}", file=sys.stderr)
            content = (tested.view or "").encode()
        else:
            content = encode_table(table.columns, shown, ending)
        write_file(options.out, content, private=options.show_secret and masked is not frame)
    print_table(table.columns, shown)  # last, because it ends with the pipe that it is printed to
