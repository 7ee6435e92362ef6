# SPDX-License-Identifier: MIT
"""The clients that are compared: the nodes, httpx, and the openai package.

Each function has its own imports, so that their time can be measured in a new process.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

KEY = "sk-bench-0123456789abcdef"
CREDENTIAL = "api key"
MODEL = "gpt-realtime-2.1"
INSTRUCTIONS = "You answer the phone of a contact centre: kindly, briefly and to the point. " * 3
SESSION: dict[str, object] = {"type": "realtime", "model": MODEL, "instructions": INSTRUCTIONS}
SAFETY = "OpenAI-Safety-Identifier"

_ENDPOINT = "realtime/client_secrets"


def prepare() -> None:
    """Import what KNIME imports before a node runs: pyarrow, and the stand-in for its API."""
    import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # noqa: F401, PLC0415

    from realtime_dev.knime_standin.install import install  # noqa: PLC0415

    install()
    import knime.extension  # noqa: F401, PLC0415

    from realtime_dev.host import callbacks  # noqa: F401, PLC0415
    from realtime_dev.knime_standin import arrow_tables, settings  # noqa: F401, PLC0415


# --- one session ---------------------------------------------------------------------------


def mint_by_node(url: str) -> None:
    """Execute *Create Realtime Session* as KNIME does."""
    node = _create("session")
    node.model, node.instructions = MODEL, INSTRUCTIONS
    table, _ = node.execute(_make_context(), _make_port(url))
    _check(table.to_pyarrow().column("Client Secret")[0].as_py())


def mint_by_httpx(url: str) -> None:
    """Send the same request with httpx only."""
    import httpx  # noqa: PLC0415

    with httpx.Client() as client:
        headers = {"Authorization": f"Bearer {KEY}"}
        reply = client.post(f"{url}/{_ENDPOINT}", json={"session": SESSION}, headers=headers)
        reply.raise_for_status()
        _check(reply.json()["value"])


def mint_by_openai(url: str) -> None:
    """Send the same request with the openai package."""
    import openai  # noqa: PLC0415

    with openai.OpenAI(api_key=KEY, base_url=url) as client:
        session: Any = SESSION
        _check(client.realtime.client_secrets.create(session=session).value)


MINT: dict[str, Callable[[str], None]] = {
    "node": mint_by_node,
    "httpx": mint_by_httpx,
    "openai": mint_by_openai,
}


# --- many sessions; all clients send the same instructions and safety identifiers -----------


def make_rows(number: int) -> Any:  # noqa: ANN401 - a table
    """Return an input table in one batch: instructions and a safety identifier for each row.

    KNIME's own nodes write batches of 32,018 rows, but a Python node may write a single one.
    """
    import pyarrow as pa  # noqa: PLC0415

    from realtime_dev.knime_standin.tables import Table  # noqa: PLC0415

    pairs = [_make_pair(index) for index in range(number)]
    texts = [pa.array(column, pa.string()) for column in zip(*pairs, strict=True)]
    ids = pa.array([f"Row{index}" for index in range(number)], pa.string())
    whole = pa.table([ids, *texts], ["<RowID>", "Instructions", "Agent"])
    table = Table.from_pyarrow(whole)
    return Table(table.data, table.ktypes, is_input=True)


def run_rows_by_node(url: str, rows: Any, in_flight: int, kind: str = "secret") -> Any:  # noqa: ANN401 - as above
    """Execute *Create Realtime Sessions (Table)* for `rows`; return the output table."""
    node = _create("sessions")
    node.model, node.in_flight, node.result_format = MODEL, in_flight, kind
    node.instructions_column, node.safety_identifier_column = "Instructions", "Agent"
    output, _ = node.execute(_make_context(), _make_port(url), rows)
    table = output.join()
    if table.data.column("Client Secret").null_count:
        raise RuntimeError("a row has no secret")
    return table


def run_rows_by_openai(url: str, number: int, in_flight: int) -> None:
    """Create `number` sessions with a thread pool over one client of the openai package."""
    import openai  # noqa: PLC0415

    http = openai.DefaultHttpxClient(limits=_keep_open(in_flight))
    with openai.OpenAI(api_key=KEY, base_url=url, http_client=http) as client:
        create: Any = client.realtime.client_secrets.create

        def mint(index: int) -> str:
            text, agent = _make_pair(index)
            session = {**SESSION, "instructions": text}
            return str(create(session=session, extra_headers={SAFETY: agent}).value)

        with ThreadPoolExecutor(in_flight) as pool:
            _check(*pool.map(mint, range(number)))


def run_rows_by_asyncio(url: str, number: int, in_flight: int) -> None:
    """Create `number` sessions with the asyncio client of the openai package."""
    import asyncio  # noqa: PLC0415

    import openai  # noqa: PLC0415

    async def run() -> None:
        http = openai.DefaultAsyncHttpxClient(limits=_keep_open(in_flight))
        async with openai.AsyncOpenAI(api_key=KEY, base_url=url, http_client=http) as client:
            create: Any = client.realtime.client_secrets.create
            numbers = iter(range(number))
            found: list[str] = []

            async def work() -> None:
                for index in numbers:
                    text, agent = _make_pair(index)
                    session = {**SESSION, "instructions": text}
                    made = await create(session=session, extra_headers={SAFETY: agent})
                    found.append(made.value)

            await asyncio.gather(*(work() for _ in range(in_flight)))
            _check(*found)

    asyncio.run(run())


def _keep_open(in_flight: int) -> Any:  # noqa: ANN401 - untyped here
    """Return limits that keep all connections; by default idle ones beyond 100 are closed."""
    import httpx2  # noqa: PLC0415

    return httpx2.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)


def _make_pair(index: int) -> tuple[str, str]:
    return f"{INSTRUCTIONS}You are agent {index}.", f"agent-{index:08d}"


# --- KNIME around a node -------------------------------------------------------------------


def _create(node_id: str) -> Any:  # noqa: ANN401 - a node
    import extension  # noqa: F401, PLC0415 - registers the nodes
    from realtime_dev.knime_standin.nodes import get_nodes  # noqa: PLC0415

    return get_nodes()[node_id].factory()


def _make_context() -> Any:  # noqa: ANN401 - a context
    from realtime_dev.host.callbacks import NodeCallbacks  # noqa: PLC0415
    from realtime_dev.knime_standin.contexts import ExecutionContext  # noqa: PLC0415

    return ExecutionContext(NodeCallbacks({CREDENTIAL: ("", KEY)}))


def _make_port(url: str) -> Any:  # noqa: ANN401 - a port object of the extension
    from realtime_dev.knime_standin.ports import get_port_types  # noqa: PLC0415

    kind: Any = get_port_types()["openai_realtime.configuration"]
    server = {"provider": "compatible", "base_url": url}
    spec = kind.spec_class.deserialize({"configuration": server, "credential": CREDENTIAL})
    return kind.object_class(spec)


def _check(*secrets: str) -> None:
    if not all(secret.startswith("ek_") for secret in secrets):
        raise RuntimeError("an answer has no secret")


def clean_environment() -> dict[str, str]:
    """Return the environment without variables that affect the clients differently.

    These are the proxies, because the server is on this machine; the certificates, which
    `Processes` sets; and PYTHONDONTWRITEBYTECODE, because installed packages have bytecode.
    """
    others = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PYTHONDONTWRITEBYTECODE")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in others and not name.lower().endswith("_proxy")
    }
