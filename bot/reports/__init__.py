"""Facts in, bytes out: documents, charts, posters, QR pictures, calendar entries."""
