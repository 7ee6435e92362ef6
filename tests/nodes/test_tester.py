# SPDX-License-Identifier: MIT
"""*Realtime Session Tester*: which sessions of a table its page offers; not what the page does."""

import json
import re
import time
from typing import Any

import pandas as pd
import pytest

from nodes.conftest import Chain
from openai_realtime.tester import OfferedSession, compose_page
from realtime_dev.host import Execution, Host

VOICE = {"voice": "cedar", "turn_detection": "semantic_vad"}


def read_page(page: str | None) -> Any:
    """Return the data in a page."""
    (data,) = re.findall(r'<script id="data"[^>]*>(.*?)</script>', page or "")
    return json.loads(data)


def view(chain: Chain, made: Execution, *more: Any) -> tuple[Any, list[str]]:
    """Return the data in the page for the table of an execution, and the warnings."""
    found = chain.host.execute("tester", {}, [made.outputs[0], *more])
    assert found.outputs == []
    return read_page(found.view), found.warnings


@pytest.mark.parametrize("result_format", ["structured", "raw"])
def test_page_has_the_session_of_the_row(chain: Chain, result_format: str) -> None:
    """Both result formats give the same: the secret, its expiry, model and voice."""
    made = chain.run(VOICE | {"result_format": result_format})
    data, warnings = view(chain, made, made.outputs[1])
    (session,) = data["sessions"]
    assert data["server"] == {"url": chain.base_url}
    assert session.pop("secret").startswith("ek_")
    assert session.pop("expires") > time.time()
    assert session.pop("model").startswith("gpt-realtime")
    assert session == {"row": "Row0", "voice": "cedar", "type": "realtime"}
    assert warnings == []


@pytest.mark.parametrize("node", ["transcription", "translation"])
def test_page_knows_the_kind_of_session(chain: Chain, node: str) -> None:
    """Without a configuration the page connects to OpenAI, as the session's type needs it."""
    data, _ = view(chain, chain.run({}, node=node))
    assert data["server"] == {"url": "https://api.openai.com/v1"}
    assert [session["type"] for session in data["sessions"]] == [node]


def test_rows_without_a_secret_are_left_out(host: Host, chain: Chain) -> None:
    """The table's rows can be chosen, but for those that failed; the newest column counts."""
    rows = pd.DataFrame(
        {
            "Client Secret": ["old"] * 3,
            "body": ["slim"] * 3,
            "Model": ["Sedan"] * 3,
            "model": ["gpt-realtime", "nonsense", None],
        },
        index=["first", "second", "third"],
    )
    settings = {"on_error": "continue", "model_column": "model"}
    data, warnings = view(chain, chain.run(settings, node="sessions", rows=rows))
    assert [session["row"] for session in data["sessions"]] == ["first", "third"]
    assert {session["secret"][:3] for session in data["sessions"]} == {"ek_"}
    assert {session["model"] for session in data["sessions"]} == {""}
    assert warnings == ["1 row has no client secret and cannot be chosen in the view."]
    many = host.table(pd.DataFrame({"Client Secret": ["ek_x"] * 300}))
    found = host.execute("tester", {}, [many])
    assert len(read_page(found.view)["sessions"]) == 200
    assert found.warnings == ["The view has the first 200 rows only."]


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        (pd.DataFrame({"secret": ["ek_x"]}), "there is no column 'Client Secret' or 'body'"),
        (pd.DataFrame({"Client Secret": ["", None]}), "the table contains no client secret"),
        (pd.DataFrame({"body": ['{"error": {}}', "<html>"]}), "contains no client secret"),
        (pd.DataFrame({"Client Secret": pd.Series([], dtype="str")}), "contains no client secret"),
        (pd.DataFrame({"Client Secret": [7]}), "contains no client secret"),
    ],
)
def test_table_without_secrets_is_refused(host: Host, frame: pd.DataFrame, problem: str) -> None:
    """A table that is not one of sessions gets an error with a remedy."""
    with pytest.raises(Exception, match=problem) as caught:
        host.execute("tester", {}, [host.table(frame)])
    assert str(caught.value).startswith("Sessions: ")


def test_beta_api_is_refused(host: Host, chain: Chain) -> None:
    """A configuration for the beta API is refused, because the page does not speak it."""
    made = chain.run({}, {"api": "beta"})
    with pytest.raises(Exception, match=r"^Configuration data: this node opens sessions of the"):
        host.execute("tester", {}, made.outputs)


def test_expired_secrets_are_not_in_the_page() -> None:
    """A secret is in the page only while it is valid."""
    sessions = [OfferedSession("a", "ek_old", 99.9), OfferedSession("b", "ek_new", 100.1)]
    page = compose_page(sessions, "https://api.x.ai/v1", now=100)
    assert [session["secret"] for session in read_page(page)["sessions"]] == [None, "ek_new"]
    assert "ek_old" not in page


def test_view_warns_of_expired_secrets(host: Host) -> None:
    """A table of which all secrets have expired causes a warning."""
    past = pd.to_datetime(["2020-01-01T00:00:00Z"])
    frame = pd.DataFrame({"Client Secret": ["ek_old"], "Expires At": past})
    found = host.execute("tester", {}, [host.table(frame)])
    assert [session["secret"] for session in read_page(found.view)["sessions"]] == [None]
    (warning,) = found.warnings
    assert warning.startswith("All secrets have expired.")


def test_page_loads_nothing_and_runs_no_text_of_a_user() -> None:
    """A row's text stays text; the page may connect to the server and load nothing at all."""
    evil = "</script><script>alert(1)</script> {{script}}"
    session = OfferedSession(evil, "ek_x", None, evil, evil)
    page = compose_page([session], "https://example.com:8443/openai/v1", now=0)
    assert read_page(page)["sessions"][0]["row"] == evil
    assert page.count("</script>") == 2
    allowed = "connect-src https://example.com:8443 wss://example.com:8443"
    assert "default-src 'none'; " in page
    by_number = compose_page([session], "http://[::1]:8080/v1", now=0)
    assert 'connect-src http: ws:"' in by_number  # the policy knows no IPv6 addresses
    assert allowed in page
    assert re.findall(r"(?i)\b(src|href)=\"(?!#\")", page) == []
    assert "{{" not in page.replace(json.dumps(evil)[1:-1].replace("<", "\\u003c"), "")
