"""Benchmarks of the whole app: `python -m benchmarks`, or `make bench`. docs/benchmarks.md says how to read them."""
