# SPDX-License-Identifier: MIT
"""Each field of the form: where a good value goes, and how a bad one is refused."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pytest

from core.field_table import BAD, GOOD
from core.settings_strategy import nest_dotted
from openai_realtime.api import Api
from openai_realtime.errors import SettingsError
from openai_realtime.form import load_form
from openai_realtime.request import build_request
from openai_realtime.schema import parse_version

FORM = load_form()
FIELDS = {".".join(item.setting): item for item in FORM.walk()}


NEWEST_IN_TABLES = "0.2.0"
"""Fields that came later may do without a line: the property tests draw every field there is."""


@pytest.mark.parametrize("table", [GOOD, BAD], ids=["good", "bad"])
def test_every_field_is_in_the_tables(table: dict[str, Any]) -> None:
    """Each field up to that version has a line in both tables; none is about one that has gone."""
    newest = parse_version(NEWEST_IN_TABLES)
    old = {name for name, item in FIELDS.items() if parse_version(item.since) <= newest}
    assert sorted(old - table.keys()) == []
    assert sorted(table.keys() - FIELDS.keys()) == []


@pytest.mark.parametrize("api", list(Api))
@pytest.mark.parametrize("setting", GOOD)
def test_good_values_arrive(setting: str, api: Api) -> None:
    """A good value stands at its place in the body, or is refused where the API lacks it."""
    flat, ga, beta = GOOD[setting]
    place = ga if api is Api.GA else beta
    if place is None:
        with pytest.raises(SettingsError, match=f"the {api.label.split()[0]}"):
            build_request(FORM, nest_dotted(flat), api)
        return
    request = build_request(FORM, nest_dotted(flat), api)
    path, expected = place
    if path.startswith("header:"):
        assert request.headers == {path.removeprefix("header:"): expected}
        return
    names = [name for name in path.split(".") if name]
    found = reduce(lambda holder, name: holder[name], names, request.body)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("setting", BAD)
def test_bad_values_name_their_field(setting: str) -> None:
    """A bad value is refused under the name that the dialog shows."""
    title = FIELDS[setting].title
    with pytest.raises(SettingsError) as caught:
        build_request(FORM, nest_dotted(BAD[setting]), Api.GA)
    assert caught.value.setting == title
    assert str(caught.value).startswith(f"{title}: ")
