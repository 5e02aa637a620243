"""Every Chinese sentence and keyword."""
