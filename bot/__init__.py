"""Shuqian 书签: event sign-up and check-in for public libraries."""
