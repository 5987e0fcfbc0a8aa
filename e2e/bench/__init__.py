"""Measurements: run by hand (`python -m e2e.bench.…`), never by the tests."""
