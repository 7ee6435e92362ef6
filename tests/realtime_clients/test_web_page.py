# SPDX-License-Identifier: MIT
"""The web page in examples/ in Chromium, with secrets from the workflow of a REST service."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.web_example import Example
from realtime_clients.javascript import (
    COMMAND,
    needs_aiortc,
    needs_browser,
    needs_packages,
    run_script,
)
from try_page import run_nodes

pytestmark = [pytest.mark.clients, needs_packages, needs_browser]

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
NOT_ALLOWED = "The microphone is not allowed for this page. You can type instead."
WITHOUT_MICROPHONE = [option for option in COMMAND if option != "--use-fake-ui-for-media-stream"]


@pytest.fixture
def example() -> Iterator[Example]:
    """Hand out a running example."""
    with Example() as example:
        yield example


def use(example: Example, *steps: list[str], browser: list[str] = COMMAND) -> list[str]:
    """Return the texts of some steps in the page, which are methods of Playwright's Page."""
    task = {"browser": browser, "url": example.url, "steps": steps}
    texts: list[str] = run_script("steps.mjs", task)
    return texts


@needs_aiortc
def test_visitor_talks(example: Example) -> None:
    """The session has the chosen voice; a typed text is answered below it; *Hang up* ends it."""
    question, answer, status = use(
        example,
        ["selectOption", "#voice", "cedar"],
        ["click", "#talk"],
        ["fill", "#text", "How are you?"],
        ["click", "#send"],
        ["waitForSelector", "#send:enabled"],
        ["innerText", ".visitor"],
        ["innerText", ".visitor ~ .model"],
        ["click", "#hang-up"],
        ["waitForSelector", "#text:disabled"],
        ["innerText", "#status"],
    )
    assert (question, status) == ("How are you?", "You hung up.")
    assert answer
    assert example.requests == [{"request": {"voice": "cedar"}}]
    minted, call = [each for each in example.sandbox.calls if each.method == "POST"]
    assert minted.body["session"]["audio"]["output"]["voice"] == "cedar"
    assert call.headers["authorization"] == "Bearer <known>"


@needs_aiortc
def test_readme_opens_a_session(example: Example) -> None:
    """The README's lines get the session's settings and an answer to their greeting."""
    (lines,) = re.findall(r"```js\n(.*?)```", README, re.DOTALL)
    lines = re.sub("import (.*) from (.*);", r"const \1 = await import(\2);", lines)
    key, url = example.sandbox.api_key, example.calls_url
    secret = run_nodes(example.sandbox.base_url, key, {"voice": "cedar"})["value"]
    script = f"""async () => {{
      const events = [];
      console.log = (event) => events.push(event);
      const [secret, url] = ["{secret}", "{url}"];
      {lines}
      while (!events.some(({{ type }}) => type === "response.done")) await new Promise(setTimeout);
      return JSON.stringify(events[0]);
    }}"""
    (text,) = use(example, ["evaluate", f"({script})()"])
    created = json.loads(text)
    assert created["type"] == "session.created"
    assert created["session"]["audio"]["output"]["voice"] == "cedar"


@pytest.mark.parametrize(
    ("secret", "browser", "texts"),
    [
        ("ek_unknown", COMMAND, ["The client secret is unknown or has expired.", ""]),
        ("", WITHOUT_MICROPHONE, ["No conversation can begin now. Try again later.", NOT_ALLOWED]),
    ],
)
def test_page_says_what_is_wrong(
    example: Example, secret: str, browser: list[str], texts: list[str]
) -> None:
    """The page shows why there is no conversation, with the reason of the server."""
    example.secret = {"value": secret} if secret else {}
    shown = [["innerText", "#status"], ["innerText", "#conversation"]]
    steps = [["click", "#talk"], ["waitForSelector", "#talk:visible"], *shown]
    assert use(example, *steps, browser=browser) == texts
