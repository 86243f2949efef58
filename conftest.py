"""What every test in the repository can ask for."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers.fixtures"]

# How long something takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
