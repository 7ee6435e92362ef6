# SPDX-License-Identifier: MIT
"""The error answers of the API.

OpenAI wraps every error as `{"error": {"message", "type", "param", "code"}}`; Azure sends only
`code` and `message` inside the same envelope.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

INVALID_REQUEST = "invalid_request_error"


@dataclass(frozen=True, slots=True)
class Violation:
    """The first thing that is wrong with a request body.

    `param` is the dotted path in OpenAI's style (`session.tools[0].strict`); None for the whole
    body.
    """

    code: str
    message: str
    param: str | None


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - an answer of the API, not an error of the program
    """Ends the handling of a request with an HTTP error.

    `azure_code` and `azure_message` replace `code` and `message` on Azure.
    """

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    type: str = INVALID_REQUEST
    azure_code: str | None = None
    azure_message: str | None = None

    def describe(self, *, azure: bool) -> dict[str, Any]:
        """Return the JSON body in the shape of OpenAI or of Azure."""
        if azure:
            return {
                "error": {
                    "code": self.azure_code or self.code or str(self.status),
                    "message": self.azure_message or self.message,
                }
            }
        return wrap_error(self.message, type=self.type, param=self.param, code=self.code)


def wrap_error(
    message: str,
    *,
    type: str = INVALID_REQUEST,  # noqa: A002 - the envelope's own name
    param: str | None = None,
    code: str | None = None,
) -> dict[str, Any]:
    """Return OpenAI's error envelope."""
    return {"error": {"message": message, "type": type, "param": param, "code": code}}


def refuse_violation(violation: Violation) -> Refusal:
    """Return the 400 for a body that breaks a rule."""
    return Refusal(400, violation.message, code=violation.code, param=violation.param)


def refuse_key(key: str) -> Refusal:
    """Return the 401 for an unknown key; its message has the masked key, as OpenAI's does."""
    return Refusal(
        401,
        f"Incorrect API key provided: {mask_key(key)}. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
        azure_code="401",
        azure_message="Access denied due to invalid subscription key or wrong API endpoint.",
    )


def refuse_missing_key() -> Refusal:
    """Return the 401 for a request without any key."""
    return Refusal(
        401,
        "You didn't provide an API key.",
        azure_code="401",
        azure_message="Access denied due to missing subscription key.",
    )


def refuse_secret() -> Refusal:
    """Return the 401 for a client secret that is unknown or has expired."""
    return Refusal(401, "The client secret is unknown or has expired.", code="invalid_api_key")


def refuse_other_model(asked: str, bound: str) -> Refusal:
    """Return the 403 for a client whose secret is for another model."""
    message = f"The client secret is bound to the model `{bound}`, but `{asked}` was requested."
    return Refusal(403, message, code="model_mismatch", param="model")


def refuse_beta() -> Refusal:
    """Return the 400 of api.openai.com for all requests of the beta API."""
    return Refusal(
        400,
        "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
        code="beta_api_shape_disabled",
    )


def refuse_model(model: str) -> Refusal:
    """Return the 404 for an unknown model, or for an unknown deployment on Azure."""
    return Refusal(
        404,
        f"The model `{model}` does not exist or you do not have access to it.",
        code="model_not_found",
        azure_code="DeploymentNotFound",
        azure_message=(
            "The API deployment for this resource does not exist. If you created the deployment "
            "within the last 5 minutes, please wait a moment and try again."
        ),
    )


def refuse_model_of_other_api(model: str) -> Refusal:
    """Return the 400 for a model that exists, but not for conversations."""
    message = f'Model "{model}" is not supported in realtime mode.'
    return Refusal(400, message, code="invalid_model", param="model")


def refuse_transcription_deployment() -> Refusal:
    """Return Azure's 500 for a transcription deployment in `session.model`."""
    return Refusal(500, "Internal server error", type="server_error", code="InternalServerError")


def refuse_url(method: str, path: str) -> Refusal:
    """Return the 404 for an unknown path."""
    return Refusal(
        404, f"Invalid URL ({method} {path})", azure_code="404", azure_message="Resource not found"
    )


def refuse_method(method: str, path: str) -> Refusal:
    """Return the 405 for a method that the route does not support."""
    return Refusal(405, f"Not allowed to {method} on {path}.", code="method_not_supported")


def refuse_media_type(value: str, accepted: str = "application/json") -> Refusal:
    """Return the 415 for a body that is not declared as the accepted media type."""
    return Refusal(
        415,
        f"Unsupported content type: '{value}'. Only '{accepted}' is accepted.",
        code="unsupported_content_type",
    )


def refuse_invalid_json() -> Refusal:
    """Return the 400 for a body that is not JSON."""
    return Refusal(400, "The request body could not be parsed as JSON.")


def refuse_offer() -> Refusal:
    """Return the 400 for a body that is not the SDP offer of a WebRTC client."""
    message = "Invalid SDP offer. Please try again with a WHIP-compliant offer."
    return Refusal(400, message, code="invalid_offer")


def mask_key(key: str) -> str:
    """Return a key as OpenAI shows it: a short key in full, otherwise its two ends."""
    shown = 8
    if len(key) <= shown:
        return key
    return f"{key[:shown]}...{key[-4:]}"


def report_missing(path: str) -> Violation:
    """Report a missing required member."""
    return Violation("missing_required_parameter", f"Missing required parameter: '{path}'.", path)


def report_unknown(path: str) -> Violation:
    """Report an unknown member."""
    return Violation("unknown_parameter", f"Unknown parameter: '{path}'.", path)


def report_value(path: str, value: object, supported: Sequence[str]) -> Violation:
    """Report a value that is not in an enumeration; `supported` are reprs of its values."""
    message = f"Invalid value: {value!r}. Supported values are: {', '.join(supported)}."
    return Violation("invalid_value", message, path)


def report_type(path: str, expected: Sequence[str], found: str) -> Violation:
    """Report a value of the wrong JSON type; `expected` and `found` include the article."""
    wanted = expected[0] if len(expected) == 1 else "one of " + " or ".join(expected)
    place = f"'{path}'" if path else "the request body"
    message = f"Invalid type for {place}: expected {wanted}, but got {found} instead."
    return Violation("invalid_type", message, path or None)


def report_range(path: str, kind: str, value: float, limit: float, *, above: bool) -> Violation:
    """Report a number that is out of range; `kind` is `integer` or `decimal`."""
    side, sign, tail = "below minimum", ">=", "below_min"
    if above:
        side, sign, tail = "above maximum", "<=", "above_max"
    expected = f"Expected a value {sign} {limit}, but got {value} instead."
    message = f"Invalid '{path}': {kind} {side} value. {expected}"
    return Violation(f"{kind}_{tail}_value", message, path)
