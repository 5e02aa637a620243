"""Tables, queries, transactions, Redis keys, outbox and migrations."""
