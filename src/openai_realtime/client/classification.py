# SPDX-License-Identifier: MIT
"""HTTP error -> our error: who must act, and what to do, in one line."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from openai_realtime.client.retry import is_quota, is_server_failure
from openai_realtime.errors import (
    BusyError,
    CredentialError,
    QuotaError,
    RejectedError,
    ServerError,
)
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_realtime.client.reply import Reply

_ADVICE = {
    "beta_api_shape_disabled": (
        "This server has switched the beta API off. Choose the current (GA) API in the "
        "configuration."
    ),
    "model_not_found": (
        "The model does not exist, or this API key may not use it. Choose another model."
    ),
    "DeploymentNotFound": (
        "Azure OpenAI has no such deployment. Enter the deployment's name as the model, and "
        "check the base URL."
    ),
    "missing_required_parameter": "The server needs a setting that is not set.",
    "unknown_parameter": "This server does not know a setting that is set. Leave it unset.",
}
_REFUSED = {
    "unsupported_country_region_territory": (
        "The provider does not serve the country or region that this request comes from."
    ),
}


def classify(reply: Reply, source: str, name_setting: Callable[[str], str]) -> ServerError:
    """Return the error that a `reply` with an HTTP error status amounts to.

    `source` names the credential. `name_setting` gives the dialog's label for a path that the
    server complains about, or the empty string. The server's own reason is passed on, without
    secrets.
    """
    problem = reply.problem
    about: dict[str, Any] = {
        "reason": redact(problem.message),
        "status": reply.status,
        "code": problem.code,
        "request_id": redact(reply.request_id),
    }
    tries = f"{reply.attempts} attempts" if reply.attempts > 1 else "one attempt"
    spent = f"after {tries} in {reply.seconds:.0f} s"
    status, code = reply.status, problem.code
    if code in _ADVICE:
        return _reject(_ADVICE[code], problem.param, name_setting, about)
    if is_quota(code, problem.type):
        # Whatever the status: gateways turn OpenAI's 429 into 400, 402 or 403.
        return QuotaError(
            "The account has no credit left or has reached a limit on spending. Waiting does not "
            "help: see the account's billing page.",
            **about,
        )
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return CredentialError(_REFUSED.get(code) or _explain_refusal(status, source), **about)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return BusyError(
            f"The server takes no more requests for now (429), {spent}. Run the node again "
            "later, or send fewer requests.",
            **about,
        )
    if is_server_failure(status):
        return BusyError(
            f"The server failed or was overloaded ({status}), {spent}. Run the node again later.",
            **about,
        )
    if status == HTTPStatus.NOT_FOUND:
        what = (
            "The server does not know this address (404). Check base URL and API in the "
            "configuration."
        )
    elif status < HTTPStatus.BAD_REQUEST:
        elsewhere = f"The server sends the request elsewhere ({status}). Check the base URL."
        what = redact(reply.redirect_problem, reply.secrets) or elsewhere
    elif status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        what = "The proxy wants a user name and a password (407): see KNIME's network preferences."
    else:
        what = f"The server refuses the request ({status})."
    return _reject(what, problem.param, name_setting, about)


def _reject(
    what: str, param: str, name_setting: Callable[[str], str], about: dict[str, Any]
) -> RejectedError:
    label = name_setting(param) if param else ""
    return RejectedError(f"{what} Setting: {label}." if label else what, param=param, **about)


def _explain_refusal(status: int, source: str) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        return (
            f"The server does not accept the API key of {source} (401). Check the key, and that "
            "it belongs to this server."
        )
    return (
        f"The server does not let the API key of {source} do this (403). Check the rights of "
        "the key and of its project."
    )
