"""The phone-like page and its JSON API."""
