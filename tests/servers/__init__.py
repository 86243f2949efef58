"""Real servers for tests, on loopback and free ports, from ordinary package registries.

Each pytest process (so each pytest-xdist worker) starts its own server at first
use: a fault test may kill one without disturbing other workers, and nobody has
to agree on when the last user is gone. Downloads are shared under a file lock.
"""
