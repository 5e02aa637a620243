"""Tests of Shuqian, a mirror of its layers."""
