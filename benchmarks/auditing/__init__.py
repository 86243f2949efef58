"""The parts of `benchmarks/audit.py`: a world of operations, and what is measured in it."""
