"""Targets for fuzzers that look at which lines ran; no part of the suite."""
