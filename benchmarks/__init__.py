"""Measures the server beside its peers: `make bench`, or `python -m benchmarks --quick`."""
