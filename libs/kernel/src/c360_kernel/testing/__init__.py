"""Contract suites: one class of tests per port, run over every adapter.

An adapter's test file subclasses the suite and overrides one fixture.
"""
