"""Browser walks need the built styles and scripts."""

import pytest

from vernost import assets


@pytest.fixture(scope="session", autouse=True)
def built_assets():
    assets.build()
