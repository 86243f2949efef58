"""What every test in the repository can ask for."""

import gc
import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers.fixtures", "tests.composed_once"]

# How long something takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
os.environ.setdefault("C360_PRINCIPAL_WAIT_S", "30")

# Tests start hundreds of processes. Where nothing may be written beside the sources, each would
# compile a thousand modules anew, which is a third of what its start takes.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(Path(sys.prefix) / "bytecode"))


def pytest_collection_finish() -> None:
    """Take thousands of tests out of what the collector looks through.

    A whole collection took longer than a caller's share of the time, and fell into its requests.
    """
    gc.freeze()
