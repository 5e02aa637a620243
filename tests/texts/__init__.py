"""Tests of the Chinese texts and keywords."""
