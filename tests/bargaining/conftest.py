"""Shared by the tests of bargaining solutions."""

from __future__ import annotations

import numpy as np
import pytest
from random_problems import Case, random_case


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    """200 random problems, the same for every solution."""
    rng = np.random.default_rng(20_001)
    return [random_case(rng, number) for number in range(200)]
