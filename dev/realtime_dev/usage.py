# SPDX-License-Identifier: MIT
"""The messages of the command line: its error, and its words for what only KNIME has."""

import re
from pathlib import Path

KEY_VARIABLE = "OPENAI_API_KEY"  # has the API key, unless another credential is chosen

WORDS = {
    " in this workflow": "",
    "Create one with the node 'Credentials Configuration' or in the workflow's credentials (its "
    "password is the key or token)": "Set the variable to the key or token",
    ", then choose it in the dialog": ", and configuration.credential to its name",
    ", or choose another one in 'OpenAI Realtime Configuration'": "",
    "credential '": "environment variable '",
    "Put the key into a credential.": f"Put the key into {KEY_VARIABLE}.",
    "KNIME's network preferences": "the environment variables HTTP_PROXY and HTTPS_PROXY",
    "the proxy in KNIME's preferences": "the proxy (HTTP_PROXY, HTTPS_PROXY)",
    "known to KNIME or be entered as CA file in the configuration": "known to this computer or be "
    "given with configuration.network.ca_file",
    ", and start KNIME again": "",
    "connect a configuration with the": "choose with configuration.api the",
    "Set the result format to 'Raw Response'": "Add --format raw",
    "Run the node again": "Run it again",
    "The KNIME credential whose **password** is the API key; its user name does not matter. Only "
    "its name is saved.": "The name of the environment variable that contains the API key.",
}
"""Words of the nodes, and what to say instead of them outside KNIME; replaced in this order."""

# Characters that move the cursor, change colours or the direction of writing, or break a line.
_CONTROLS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


class InputError(Exception):
    """A setting, the content of a file, or the environment is wrong; one line for the user."""


class UsageError(InputError):
    """The command line itself is wrong, or names a file that cannot be used."""


def read_file(file: Path) -> str:
    """Return the text of a file in UTF-8. Raises UsageError, or InputError for another encoding."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"Cannot read {file}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is not encoded in UTF-8.") from None


def translate(text: str) -> str:
    """Return a message of the nodes in the words of the command line."""
    for knime, here in WORDS.items():
        text = text.replace(knime, here)
    return text


def show_controls(text: str) -> str:
    """Return `text` with control characters, except tab and line feed, as escape sequences."""
    return re.sub(_CONTROLS, lambda found: repr(found[0])[1:-1], text)
