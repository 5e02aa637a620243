"""Tests of reading and answering messages."""
