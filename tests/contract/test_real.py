# SPDX-License-Identifier: MIT
"""Whether KNIME's own API is among those that the contract is tested with."""

import pytest

from realtime_dev.knime_standin.install import find_backend


def test_contract_holds_for_knime(request: pytest.FixtureRequest) -> None:
    """Where KNIME's API is installed, all tests of this folder run on it as well."""
    if find_backend() != "real":
        pytest.skip("KNIME's own API is not installed: tests/contract saw the stand-in only")
    assert any("[real" in item.name for item in request.session.items)
