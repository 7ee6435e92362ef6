# SPDX-License-Identifier: MIT
"""Names and values of headers: what can be sent."""

import re

import pytest

from openai_realtime.errors import SettingsError
from openai_realtime.nodes.headers import check_header_name, check_header_value

SYNTAX = ["", "X A", "X-A:", "X-A\n", "X-A\x00", "X-\xc4", "(X)", "Bearer Hq8sLw2zPm"]
RESERVED = [
    *("Authorization", "PROXY-AUTHORIZATION", "Api-Key", "Host", "Content-Type"),
    *("content-length", "Transfer-Encoding", "OpenAI-Beta"),
]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        *[(name, "this is not the name of a header") for name in SYNTAX],
        *[(name, f"'{name}' cannot be set here") for name in RESERVED],
    ],
)
def test_refuses_header_names(name: str, problem: str) -> None:
    """A name is a token of HTTP; what is not is refused without being shown."""
    for accepted in ("X-Host", "cf-aig-authorization", "a!#$%&'*+-.^_`|~9"):
        check_header_name(accepted, "Name")
    with pytest.raises(SettingsError, match=f"^Name: {re.escape(problem)}"):
        check_header_name(name, "Name")


def test_checks_header_values() -> None:
    """Organization and project have to fit into a header, too."""
    for value in ("", "proj_1 ~"):
        check_header_value(value, "Project")
    for value in ("Hq8sLw2zPm\nb", "a\rb", "\xe4", "\x7f"):
        with pytest.raises(SettingsError, match=r"^Project: only plain ASCII"):
            check_header_value(value, "Project")
