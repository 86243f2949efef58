"""What every test in the repository can ask for."""

import gc

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers.fixtures"]

# How long something takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Take thousands of tests out of what the collector looks through.

    A whole collection took longer than a caller's share of the time, and fell into its requests.
    """
    gc.freeze()
