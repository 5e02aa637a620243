"""The commands as a keeper types them."""
