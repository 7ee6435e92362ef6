# SPDX-License-Identifier: MIT
"""What the user is told about an HTTP error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_realtime.client.failures import classify
from openai_realtime.client.reply import Reply
from openai_realtime.errors import (
    BusyError,
    CredentialError,
    QuotaError,
    RejectedError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = "the credential 'key'"
MODEL = "The model does not exist, or this API key may not use it."
BETA = "This server has switched the beta API off. Choose the current (GA) API"
DEPLOYMENT = "Azure OpenAI has no such deployment. Enter the deployment's name as the model"
UNKNOWN = "This server does not know a setting that is set. Leave it unset."
MISSING = "The server needs a setting that is not set."
KEY = "The server does not accept the API key of the credential 'key' (401)."
RIGHTS = "The server does not let the API key of the credential 'key' do this (403)."
REGION = "The provider does not serve the country or region that this request comes from."
CREDIT = "The account has no credit left or has reached a limit on spending."
LIMIT = "The server takes no more requests for now (429), after one attempt in 0 s."
FAILED = "The server failed or was overloaded"
REFUSED = "The server refuses the request"
QUOTA_CODES = (
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
)
VALUE_CODES = (
    "invalid_type",
    "invalid_value",
    "integer_below_min_value",
    "integer_above_max_value",
    "decimal_above_max_value",
    "string_above_max_length",
)


def explain(reply: Reply, name_setting: Callable[[str], str] = lambda _: "") -> ServerError:
    """Return the error that a reply amounts to."""
    return classify(reply, SOURCE, name_setting)


@pytest.mark.parametrize(
    ("stem", "status", "kind", "start"),
    [
        ("error_400_beta_api_shape_disabled", 400, RejectedError, BETA),
        ("error_400_unknown_parameter_temperature", 400, RejectedError, UNKNOWN),
        ("error_401_invalid_api_key", 401, CredentialError, KEY),
        ("error_404_model_not_found", 404, RejectedError, MODEL),
        ("error_404_model_not_found", 400, RejectedError, MODEL),
        ("error_404_model_not_found", 403, RejectedError, MODEL),
        ("azure_error_404_deployment_not_found", 404, RejectedError, DEPLOYMENT),
        ("error_429_credit_balance_exhausted", 429, QuotaError, CREDIT),
        ("error_429_rate_limit_exceeded_rpd", 429, BusyError, LIMIT),
        ("error_500_server_error", 500, BusyError, f"{FAILED} (500), after one attempt in 0 s."),
    ],
)
def test_explains_recorded_errors(  # noqa: PLR0917 - a table's columns and fixtures
    load: Callable[[str], bytes],
    world: Any,
    stem: str,
    status: int,
    kind: type[ServerError],
    start: str,
) -> None:
    """Each error as servers really sent it says who must act, with the server's own reason."""
    reply = Reply(status, {"x-request-id": "req_42"}, load(stem))
    error = explain(reply)
    world.check(error)
    assert type(error) is kind
    assert str(error).startswith(start)
    assert " The server says: " in str(error)
    assert str(error).endswith(" (request id req_42)")
    assert (error.status, error.code) == (status, reply.problem.code)
    assert error.request_id == "req_42"


@pytest.mark.parametrize(
    ("status", "code", "type_", "kind", "start"),
    [
        *[(400, code, "", RejectedError, f"{REFUSED} (400).") for code in VALUE_CODES],
        (400, "unknown_parameter", "", RejectedError, UNKNOWN),
        (400, "missing_required_parameter", "", RejectedError, MISSING),
        (400, "beta_api_shape_disabled", "", RejectedError, BETA),
        (401, "invalid_api_key", "", CredentialError, KEY),
        (400, "model_not_found", "", RejectedError, MODEL),
        (403, "model_not_found", "", RejectedError, MODEL),
        (404, "model_not_found", "", RejectedError, MODEL),
        (404, "DeploymentNotFound", "", RejectedError, DEPLOYMENT),
        (403, "unsupported_country_region_territory", "", CredentialError, REGION),
        *[(429, code, "", QuotaError, CREDIT) for code in QUOTA_CODES],
        *[(status, QUOTA_CODES[0], "", QuotaError, CREDIT) for status in (400, 401, 402, 403, 503)],
        (403, None, "insufficient_quota", QuotaError, CREDIT),
        (429, None, "insufficient_quota", QuotaError, CREDIT),
        (429, "rate_limit_exceeded", "tokens", BusyError, LIMIT),
        (429, None, "", BusyError, LIMIT),
        (500, None, "server_error", BusyError, f"{FAILED} (500)"),
        (503, "whatever", "", BusyError, f"{FAILED} (503)"),
        (401, None, "", CredentialError, KEY),
        (403, None, "", CredentialError, RIGHTS),
        (408, None, "", BusyError, f"{FAILED} (408)"),
        (409, None, "", BusyError, f"{FAILED} (409)"),
        (404, None, "", RejectedError, "The server does not know this address (404)."),
        (405, None, "", RejectedError, f"{REFUSED} (405)."),
        (407, None, "", RejectedError, "The proxy wants a user name and a password (407)"),
        (422, None, "", RejectedError, f"{REFUSED} (422)."),
        (301, None, "", RejectedError, "The server sends the request elsewhere (301)."),
        (307, None, "", RejectedError, "The server sends the request elsewhere (307)."),
    ],
)
def test_explains_codes(  # noqa: PLR0917 - a table's columns and fixtures
    write_error: Callable[..., bytes],
    world: Any,
    status: int,
    code: str | None,
    type_: str,
    kind: type[ServerError],
    start: str,
) -> None:
    """Each known code, and each status without one, has its own sentence and class."""
    error = explain(Reply(status, {}, write_error(code, type_)))
    world.check(error)
    assert type(error) is kind
    assert str(error).startswith(start)
    assert str(error).endswith(" The server says: Because.")


@pytest.mark.parametrize("code", ["unknown_parameter", "invalid_value", "model_not_found", None])
def test_names_the_setting(write_error: Callable[..., bytes], code: str | None) -> None:
    """The path that the server complains about is shown as the dialog's label."""
    asked: list[str] = []

    def name(path: str) -> str:
        asked.append(path)
        return "Voice"

    error = explain(Reply(400, {}, write_error(code, param="session.audio.output.voice")), name)
    assert asked == ["session.audio.output.voice"]
    assert " Setting: Voice. The server says: Because." in str(error)
    assert isinstance(error, RejectedError)
    assert error.param == "session.audio.output.voice"


def test_passes_over_unknown_paths(write_error: Callable[..., bytes]) -> None:
    """A path that the dialog does not know is not shown, and none is not asked for."""
    error = explain(Reply(400, {}, write_error("invalid_value", param="session.x")))
    assert "Setting:" not in str(error)
    error = explain(Reply(400, {}, write_error("invalid_value")), lambda _: "Voice")
    assert "Setting:" not in str(error)


def test_counts_attempts(write_error: Callable[..., bytes]) -> None:
    """Who has tried again says how often and how long."""
    reply = Reply(503, {}, write_error(None), attempts=3, seconds=12.4)
    assert "(503), after 3 attempts in 12 s. Run the node again later." in str(explain(reply))
    reply = Reply(429, {}, write_error(None), attempts=2, seconds=61.0)
    assert "(429), after 2 attempts in 61 s." in str(explain(reply))


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 407, 429, 500])
def test_stays_one_short_line(write_error: Callable[..., bytes], world: Any, status: int) -> None:
    """However much the server says, one line of 300 characters keeps our words and its id."""
    said = "line\r\n\tbreak \x1b[31m\u2028\x00 " * 5_000
    reply = Reply(status, {"x-request-id": "r" * 500 + "\n"}, write_error(None, message=said))
    error = explain(reply, lambda _: "Label")
    world.check(error)
    assert len(str(error)) <= 300
    assert str(error).endswith("\u2026)")
    assert " The server says: line break" in str(error)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"<html>", b"\xff\xfe\x00", b"[" * 50_000, b'{"error": {"message": ""}}'],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502])
def test_explains_any_body(world: Any, status: int, content: bytes) -> None:
    """An error without understandable body is explained by its status."""
    error = explain(Reply(status, {}, content))
    world.check(error)
    assert str(status) in str(error)


@pytest.mark.parametrize(
    "shown",
    [
        "sk-proj-...sQoA",
        "sk-proj-****************sQoA",
        "sk-Hq8sLw2zPm",
        "sk_live_Hq8sLw2zPm",
        "ek_Hq8sLw2zPm",
        "Bearer Hq8sLw2zPm/+=7",
        "https://user:Hq8sLw2zPm@proxy",
    ],
)
@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_removes_keys(write_error: Callable[..., bytes], status: int, shown: str) -> None:
    """Keys that the server repeats are masked in every part of the error, half-masked ones too."""
    said = f"Incorrect key: {shown}. See https://platform.openai.com/account."
    error = explain(Reply(status, {"x-request-id": shown}, write_error(None, message=said)))
    for text in (str(error), error.reason, error.request_id, repr(error), repr(vars(error))):
        assert "sQoA" not in text
        assert "Hq8sLw2zPm" not in text
    assert "***" in str(error)
    assert "Incorrect key: " in str(error)
    assert "https://platform.openai.com/account" in str(error)


def test_speaks_of_web_pages(world: Any) -> None:
    """Of a gateway's page the title is shown, without tags."""
    page = b"<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>"
    error = explain(Reply(502, {"content-type": "text/html"}, page))
    world.check(error)
    assert str(error).endswith(" The server says: 502 Bad Gateway")
