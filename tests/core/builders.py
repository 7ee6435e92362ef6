# SPDX-License-Identifier: MIT
"""Requests built from settings at dotted paths, as most tests of the core need them.

Forms are made anew, because `make mutants` changes what makes them while `load_form` keeps one.
"""

from typing import Any

import pytest

from core.settings_strategy import make_token, nest_dotted
from openai_realtime.api import Api
from openai_realtime.errors import SettingsError
from openai_realtime.form import Form
from openai_realtime.request import build_request
from openai_realtime.schema import load_schema


def build(flat: dict[str, Any], api: Api = Api.GA, schema: str = "session") -> dict[str, Any]:
    """Return the body that settings at dotted paths make."""
    form = Form(load_schema(schema))
    return dict(build_request(form, nest_dotted(flat), api, make_token).body)


def refuse(flat: dict[str, Any], api: Api = Api.GA, schema: str = "session") -> str:
    """Return the message with which such settings are refused."""
    with pytest.raises(SettingsError) as caught:
        build(flat, api, schema)
    return str(caught.value)
