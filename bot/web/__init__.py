"""Pages: ticket, venue screen, notices, and what machines ask for."""
