# SPDX-License-Identifier: MIT
"""HTTP error -> our error: who must act, and what to do, in one line."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from openai_realtime import errors
from openai_realtime.client.retry import is_quota, is_server_failure
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_realtime.client.reply import Reply

_QUOTA, _FAILURE, _REDIRECT, _REGION = "quota", 500, 300, "unsupported_country_region_territory"

# By the error's code or the HTTP status.
_SENTENCES: dict[str | int, str] = {
    "beta_api_shape_disabled": "This server has switched the beta API off. Choose the current (GA) "
    "API in the configuration.",
    "model_not_found": "The model does not exist, or this API key may not use it. Choose another "
    "model.",
    "DeploymentNotFound": "Azure OpenAI has no such deployment. Enter the deployment's name as the "
    "model, and check the base URL.",
    "missing_required_parameter": "The server needs a setting that is not set.",
    "unknown_parameter": "This server does not know a setting that is set. Leave it unset.",
    _REGION: "The provider does not serve the country or region that this request comes from.",
    _QUOTA: "The account has no credit left or has reached a limit on spending. Waiting does not "
    "help: see the account's billing page.",
    _REDIRECT: "The server sends the request elsewhere ({status}). Check the base URL.",
    401: "The server does not accept the API key of {source} (401). Check the key, and that it "
    "belongs to this server.",
    403: "The server does not let the API key of {source} do this (403). Check the rights of the "
    "key and of its project.",
    404: "The server does not know this address (404). Check base URL and API in the "
    "configuration.",
    407: "The proxy wants a user name and a password (407): see KNIME's network preferences.",
    429: "The server takes no more requests for now (429), {spent}. Run the node again later, or "
    "send fewer requests.",
    _FAILURE: "The server failed or was overloaded ({status}), {spent}. Run the node again later.",
}
_KINDS: dict[str | int, type[errors.ServerError]] = {
    _REGION: errors.CredentialError,
    _QUOTA: errors.QuotaError,
    401: errors.CredentialError,
    403: errors.CredentialError,
    429: errors.BusyError,
    _FAILURE: errors.BusyError,
}


def classify(reply: Reply, source: str, name_setting: Callable[[str], str]) -> errors.ServerError:
    """Return the error that a `reply` with an HTTP error status amounts to.

    `source` names the credential. `name_setting` gives the dialog's label for a path that the
    server complains about, or the empty string. The server's own reason is passed on, without
    secrets.
    """
    problem, status = reply.problem, reply.status
    about: dict[str, Any] = {
        "reason": redact(problem.message),
        "status": status,
        "code": problem.code,
        "request_id": reply.request_id,
    }
    key: str | int = status
    if problem.code in _SENTENCES:
        key = problem.code
    elif is_quota(problem.code, problem.type):
        key = _QUOTA  # whatever the status: gateways turn OpenAI's 429 into 400, 402 or 403
    elif is_server_failure(status):
        key = _FAILURE
    elif status < HTTPStatus.BAD_REQUEST:
        key = _REDIRECT
    tries = f"{reply.attempts} attempts" if reply.attempts > 1 else "one attempt"
    spent = f"after {tries} in {reply.seconds:.0f} s"
    what = _SENTENCES.get(key, "The server refuses the request ({status}).")
    what = what.format(status=status, source=source, spent=spent)
    what = redact(reply.redirect_problem, reply.secrets) or what
    kind = _KINDS.get(key)
    if kind is not None:
        return kind(what, **about)
    label = name_setting(problem.param) if problem.param else ""
    what += f" Setting: {label}." if label else ""
    return errors.RejectedError(what, param=problem.param, **about)
