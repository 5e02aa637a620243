"""Compressed files: old phones on bad networks wait for every kilobyte. Each is compressed once and kept."""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Response, request

_WORTH_IT = frozenset({"text/css", "text/javascript", "application/wasm", "image/svg+xml", "application/json"})
_LEAST_BYTES = 600  # smaller ones fit into one packet as they are


def squeeze(response: Response) -> Response:
    """Compress the answer for who accepts it; only for files whose content is the same for everybody."""
    if response.mimetype not in _WORTH_IT or response.status_code != 200:
        return response
    response.vary.add("Accept-Encoding")
    content = response.get_data()
    if len(content) < _LEAST_BYTES or not request.accept_encodings["gzip"]:
        return response
    response.set_data(_compressed(content))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("ETag", None)  # of the uncompressed file
    return response


@lru_cache(maxsize=64)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=9, mtime=0)
