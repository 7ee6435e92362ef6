# SPDX-License-Identifier: MIT
"""OpenAI's Realtime secrets API on 127.0.0.1, for tests and demonstrations.

It knows nothing of the product: requests are checked against the types of the official openai
package, made strict.

    with Sandbox() as sandbox:
        OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key).realtime.client_secrets.create()
"""

from . import faults
from .checks import check_beta, check_beta_transcription, check_ga, check_translation
from .errors import Violation
from .faults import Fault, Faults
from .raw import Piece, RawServer, Step, compose_answer
from .relay import RelayProxy
from .server import Sandbox, serve
from .store import Call
from .surplus import SURPLUS, MintingServer, Surplus

__all__ = [
    "SURPLUS",
    "Call",
    "Fault",
    "Faults",
    "MintingServer",
    "Piece",
    "RawServer",
    "RelayProxy",
    "Sandbox",
    "Step",
    "Surplus",
    "Violation",
    "check_beta",
    "check_beta_transcription",
    "check_ga",
    "check_translation",
    "compose_answer",
    "faults",
    "serve",
]
