"""The platform's API side: what the account's gateway calls under ``/cgi-bin``."""
