"""Test suites and models of the gateway's ports, shipped so that new adapters can be proven."""
