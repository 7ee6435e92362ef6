# SPDX-License-Identifier: MIT
"""The two APIs that the contract holds for: the stand-in, and KNIME's own where installed.

Without the conda package ``knime-extension``, a checkout of github.com/knime/knime-python serves:
put on PYTHONPATH the folders ``src/main/python`` of its org.knime.python3, org.knime.python3.nodes,
org.knime.python3.arrow, org.knime.python3.arrow.types and org.knime.python3.views, for JSON columns
``org.knime.json/src/python`` of knime/knime-json, and install py4j, pytz and python-dateutil.
"""

import importlib
from dataclasses import dataclass
from typing import Any

import pytest

from realtime_dev import knime_standin
from realtime_dev.host.backends import Backend
from realtime_dev.host.callbacks import NodeCallbacks
from realtime_dev.knime_standin.install import find_backend


@dataclass(frozen=True)
class Api:
    """One of the APIs: what an extension imports, and what KNIME calls behind it."""

    name: str
    knext: Any
    backend: Any

    def store(self, node: object, version: str = "2.0.0") -> dict[str, Any]:
        """Return the schema by which the node's settings are stored."""
        schema: dict[str, Any] = self.backend.describe(node, version)["properties"]["model"]
        return schema

    def open_dialog(self, specs: list[Any], names: tuple[str, ...] = ()) -> Any:
        """Return the context of a dialog with these inputs and credentials."""
        return self.backend.open_dialog(NodeCallbacks(dict.fromkeys(names, ("", ""))), specs)

    def open_execution(self, callbacks: NodeCallbacks, node_id: str) -> Any:
        """Return the context of execute."""
        return self.backend.open_execution(callbacks, self.backend.list_nodes()[node_id])

    def make_group(self, label: str, options: dict[str, Any] | None = None, **members: Any) -> Any:
        """Return a group made with ``type``, as a generated dialog makes it."""
        body = {"__doc__": f"The group {label}.", **members}
        return self.knext.parameter_group(label, **(options or {}))(type(label, (), body))()


def _open_real() -> Api:
    backend = importlib.import_module("realtime_dev.host.real").RealBackend()
    return Api("real", importlib.import_module("knime.extension"), backend)


@pytest.fixture(params=["standin", "real"] if find_backend() == "real" else ["standin"])
def api(request: pytest.FixtureRequest) -> Api:
    """Return each API that there is in turn."""
    return _open_real() if request.param == "real" else Api("standin", knime_standin, Backend())


@pytest.fixture
def knext(api: Api) -> Any:
    """Return what an extension imports."""
    return api.knext
