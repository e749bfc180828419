"""When the tests of parity end, what they measured is kept (see measured.py)."""

import os
import uuid

from parity import measured


def pytest_sessionfinish() -> None:
    """Save once in each process; xdist gives its workers one name for the run."""
    measured.save(os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex))
