# SPDX-License-Identifier: MIT
"""OpenAI's Realtime secrets API on 127.0.0.1, for tests and demonstrations.

It does not import the product: requests are checked strictly against the types of the official
openai package.

    with Sandbox() as sandbox:
        OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key).realtime.client_secrets.create()
"""

from . import faults
from .checks import check_beta, check_beta_transcription, check_ga, check_translation
from .errors import Violation
from .extra_responses import EXTRA_RESPONSES, ExtraResponse, MintingServer
from .faults import Fault, Faults
from .raw import Piece, RawServer, Step, compose_answer
from .relay import RelayProxy
from .server import Sandbox, serve
from .store import Call

__all__ = [
    "EXTRA_RESPONSES",
    "Call",
    "ExtraResponse",
    "Fault",
    "Faults",
    "MintingServer",
    "Piece",
    "RawServer",
    "RelayProxy",
    "Sandbox",
    "Step",
    "Violation",
    "check_beta",
    "check_beta_transcription",
    "check_ga",
    "check_translation",
    "compose_answer",
    "faults",
    "serve",
]
