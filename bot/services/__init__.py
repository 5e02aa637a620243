"""Use cases: one verb each, in the transaction of the caller."""
