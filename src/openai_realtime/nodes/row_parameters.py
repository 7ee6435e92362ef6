# SPDX-License-Identifier: MIT
"""What the table node asks for beside the session: columns, results, errors, speed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import knime.extension as knext

from openai_realtime.errors import SettingsError, fold
from openai_realtime.nodes.controls import check_number
from openai_realtime.nodes.tables import find_json_type
from openai_realtime.rows import PATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

TABLE_PORT: Final = 1
SECRET_AND_EXPIRY: Final = "secret"  # noqa: S105 - the name of an option
STRUCTURED: Final = "structured"
RAW: Final = "raw"
FAIL: Final = "fail"
CONTINUE: Final = "continue"

_TEXT, _WHOLE, _NUMBER, _JSON = "text", "whole numbers", "numbers", "JSON"


class RowValue(NamedTuple):
    """What a column can hold: the settings path that it overrides, its label, and two phrases.

    `kinds` are the types of KNIME's that the column may have, in words.
    """

    path: str
    label: str
    what: str
    otherwise: str = "that of the dialog holds"
    kinds: tuple[str, ...] = (_TEXT,)


COLUMNS: Final = {
    "instructions": RowValue(
        "instructions", "Instructions", "the instructions", "those of the dialog hold"
    ),
    "model": RowValue("model", "Model", "the model"),
    "voice": RowValue("voice", "Voice", "the name of the voice"),
    "safety_identifier": RowValue(
        "tracing.safety_identifier",
        "Safety identifier",
        "the hashed id of the end user",
        kinds=(_TEXT, _WHOLE),
    ),
    "lifetime": RowValue(
        "expires_after_seconds",
        "Lifetime",
        "the secret's lifetime in **seconds**",
        "*Lifetime of the secret* of the dialog holds",
        kinds=(_WHOLE, _NUMBER),
    ),
    "patch": RowValue(
        PATCH,
        "Session JSON",
        "a JSON object (a JSON cell or text) that is merged into the request of its row last of "
        'all (RFC 7386), such as `{"session": {"audio": {"output": {"speed": 1.2}}}}`',
        "nothing is merged",
        kinds=(_TEXT, _JSON),
    ),
}
"""Settings key of each column -> what it may hold."""

IN_FLIGHT = (1, 256)


def make_row_parameters() -> dict[str, Any]:
    """Return the parameters that the table node has beside the session's."""
    return {
        "result": knext.StringParameter(
            "Append",
            "The columns that are appended. *Secret and expiry*: what most clients need. "
            "*Structured*: a column for each property of the session. *Raw*: the answer's `body` "
            "as it came, and its HTTP `status`; an error of the server is then a result like any "
            "other, for the workflow to branch on.",
            SECRET_AND_EXPIRY,
            choices=[
                knext.StringParameter.Choice(SECRET_AND_EXPIRY, "Secret and expiry"),
                knext.StringParameter.Choice(STRUCTURED, "Structured"),
                knext.StringParameter.Choice(RAW, "Raw"),
            ],
        ),
        "on_error": knext.StringParameter(
            "If a row fails",
            "*Stop*: the node fails at the first row that fails, and all other requests are "
            "stopped. *Carry on*: the row has missing values and one line in the column *Error*. "
            "Where the server refuses the key, the account has no credit left, or the server asks "
            "to wait for longer than the configuration allows, the rows that are left get the same "
            "line and are not sent; with *Raw* each row is sent.",
            FAIL,
            choices=[
                knext.StringParameter.Choice(FAIL, "Stop"),
                knext.StringParameter.Choice(CONTINUE, "Carry on"),
            ],
        ),
        **_make_speed(),
    }


def _make_speed() -> dict[str, Any]:
    per_minute_set = knext.BoolParameter(
        "Set requests per minute",
        "Whether the number of requests per minute is limited.",
        default_value=False,
        is_advanced=True,
    )
    return {
        "in_flight": knext.IntParameter(
            "Requests at a time",
            "How many requests are under way at most: 1 to 256. Where the server or this computer "
            "cannot keep up, the node sends fewer at a time by itself.",
            16,
            validator=check_number,
            min_value=IN_FLIGHT[0],
            max_value=IN_FLIGHT[1],
            is_advanced=True,
        ),
        "per_minute_set": per_minute_set,
        "per_minute": knext.IntParameter(
            "Requests per minute",
            "How many requests start in a minute at most, evenly spread. Where nodes run in "
            "parallel, give each its share. Left alone, the node goes as fast as the server lets "
            "it.",
            500,
            validator=check_number,
            min_value=1,
            is_advanced=True,
        ).rule(knext.OneOf(per_minute_set, [True]), knext.Effect.SHOW),
    }


def make_row_groups() -> dict[str, Any]:
    """Return the group of columns that the table node has beside the session's parameters."""
    members = {
        key: knext.ColumnParameter(
            value.label,
            f"A column with {value.what}, row by row. Where a value is missing, or no column is "
            f"chosen, {value.otherwise}.",
            port_index=TABLE_PORT,
            column_filter=partial(_fits, value.kinds),
            include_row_key=False,
            include_none_column=True,
            default_value=knext.ColumnParameter.NONE,
        )
        for key, value in COLUMNS.items()
    }
    about = {"__doc__": "Columns of the table whose values take the place of settings, row by row."}
    return {
        "columns": knext.parameter_group("Per row")(type("Columns", (), {**about, **members}))()
    }


def _fits(kinds: Collection[str], column: knext.Column) -> bool:
    """Return whether a column has one of these types."""
    types = {
        _TEXT: (knext.string(),),
        _WHOLE: (knext.int32(), knext.int64()),
        _NUMBER: (knext.double(),),
        _JSON: (find_json_type(),),
    }
    # Without KNIME's way to write texts that repeat.
    plain = getattr(column.ktype, "plain_type", column.ktype)
    return any(plain == each for kind in kinds for each in types[kind] if each is not None)


def read_columns(node: Any, schema: knext.Schema) -> dict[str, str]:  # noqa: ANN401 - a node
    """Return the column for each thing that rows have values for: settings path -> column name.

    Raises SettingsError for a column that the table lacks, or that holds something else.
    """
    found: dict[str, str] = {}
    known = {column.name: column for column in schema}
    for key, value in COLUMNS.items():
        name = getattr(node.columns, key)
        if name in (None, "", knext.ColumnParameter.NONE):
            continue
        label = f"Per row, {value.label}"
        if name not in known:
            raise SettingsError(label, f"the table has no column '{name}'. Choose another one.")
        if not _fits(value.kinds, known[name]):
            raise SettingsError(
                label, f"the column '{fold(name, 60)}' must hold {' or '.join(value.kinds)}."
            )
        found[value.path] = name
    return found


def label_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """Return what errors call the values of the columns that `read_columns` gave."""
    labels = {value.path: value.label for value in COLUMNS.values()}
    return {
        path: f"Per row, {labels[path]} (column '{fold(name, 60)}')"
        for path, name in columns.items()
    }


def name_written(
    name_setting: Callable[[str], str], columns: Mapping[str, str]
) -> Callable[[str], str]:
    """Return `name_setting`, which says *Session JSON* of what only that column can have sent."""
    if PATCH not in columns:
        return name_setting
    return lambda path: name_setting(path) or COLUMNS["patch"].label


def read_speed(node: Any) -> tuple[int, float | None]:  # noqa: ANN401 - a node
    """Return requests at a time, and requests per minute (None: any number).

    Raises SettingsError for numbers out of range.
    """
    low, high = IN_FLIGHT
    if not low <= node.in_flight <= high:
        raise SettingsError(
            "Requests at a time",
            f"{node.in_flight} is out of range. Enter a number from {low} to {high}.",
        )
    if not node.per_minute_set:
        return node.in_flight, None
    if node.per_minute < 1:
        raise SettingsError(
            "Requests per minute", f"{node.per_minute} is below 1. Enter 1 or more."
        )
    return node.in_flight, float(node.per_minute)


def check_choice(label: str, value: str, known: tuple[str, ...]) -> str:
    """Return `value` if it is one of `known`; raise SettingsError otherwise."""
    if value not in known:
        raise SettingsError(label, f"'{value}' is none of {', '.join(known)}.")
    return value
