"""Attacks on the project, any number of times: `python -m tests.attack networks 10000`. The tests run a few of each."""
