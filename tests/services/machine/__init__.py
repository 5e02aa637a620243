"""A small campaign in which anything may happen, and books that are kept of it beside the product's own."""
