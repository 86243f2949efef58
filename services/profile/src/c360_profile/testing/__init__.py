"""Test suites and helpers of the profile service, shipped so that new adapters can be proven."""
