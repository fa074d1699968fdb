"""Solutions that tests work out are kept for the run only, never in the user's cache."""

import os
import tempfile

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_cache():
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("NEGOTIATION_CACHE")
        os.environ["NEGOTIATION_CACHE"] = folder
        yield
        if before is None:
            del os.environ["NEGOTIATION_CACHE"]
        else:
            os.environ["NEGOTIATION_CACHE"] = before
