"""Pictures as a phone takes them: turned, seen from the side, small, blurred, noisy, under uneven light."""

from __future__ import annotations

import io
import random

import zxingcpp
from PIL import Image, ImageChops, ImageFilter


def open_picture(png: bytes) -> Image.Image:
    """The picture in grey."""
    return Image.open(io.BytesIO(png)).convert("L")


def photograph(
    picture: Image.Image, *, width: int = 640, degrees: float = 0, lean: float = 0, blur: float = 0, noise: int = 0
) -> Image.Image:
    """A photo of the whole picture, `width` pixels wide before it is turned. `lean`: how much narrower its top is."""
    small = picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)
    w, h = small.size
    if lean:
        side = lean * w / 2
        seen = (-side, 0, 0, h, w, h, w + side, 0)
        small = small.transform((w, h), Image.Transform.QUAD, seen, Image.Resampling.BICUBIC, fillcolor=200)
    turned = small.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=160)
    blurred = turned.filter(ImageFilter.GaussianBlur(blur))
    if noise:
        grain = random.Random(7)
        dots = bytes(grain.randrange(noise) for _ in range(blurred.width * blurred.height))
        blurred = ImageChops.subtract(blurred, Image.frombytes("L", blurred.size, dots))
    return blurred


def read(photo: Image.Image) -> list[str]:
    """What a scanner reads in it."""
    return [each.text for each in zxingcpp.read_barcodes(photo, formats=zxingcpp.BarcodeFormat.QRCode)]
