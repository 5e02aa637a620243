"""The scanner's API."""
