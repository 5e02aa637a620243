"""Configuration: settings, queues, the beat schedule, logging and the process files."""
