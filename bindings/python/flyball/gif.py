"""Films to GIF files, a picture at a time: no more of a film is in memory than two pictures.

Pillow chooses the colours and packs the pixels of each picture; the file around them is written
here, since Pillow's own writer keeps all pictures until the last.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_UNCHANGED = 255  # the colour that lets the picture before be seen


def write(file: BinaryIO, pictures: Iterable[NDArray[np.uint8]], duration: int) -> int:
    """Write pictures (height, width, 3) of uint8 as a GIF that begins anew at its end.

    ``duration`` is of each, in hundredths of a second. Returns the number of pictures.
    """
    before = None
    count = 0
    for picture in pictures:
        if before is None:
            height, width, _ = picture.shape
            # The size; no common colours; Netscape's extension: repeated for ever.
            file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0x70, 0, 0))
            file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
        file.write(_block(picture, before, duration))
        before = picture
        count += 1
    file.write(b"\x3b")
    return count


def _block(picture: NDArray[np.uint8], before: NDArray[np.uint8] | None, duration: int) -> bytes:
    """Encode a picture: the rectangle that has changed, with colours of its own."""
    if before is None:
        changed = np.ones(picture.shape[:2], np.bool_)
    else:
        changed = (picture != before).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    top, bottom = (rows[0], rows[-1] + 1) if len(rows) else (0, 1)
    left, right = (columns[0], columns[-1] + 1) if len(columns) else (0, 1)
    colours, packed = _packed(picture[top:bottom, left:right], changed[top:bottom, left:right])
    # Stays until it is drawn over (4), and one colour is transparent (1).
    control = b"\x21\xf9\x04" + struct.pack("<BHBB", 0x05, duration, _UNCHANGED, 0)
    place = b"\x2c" + struct.pack("<HHHHB", left, top, right - left, bottom - top, 0x87)
    return control + place + colours + packed


def _packed(part: NDArray[np.uint8], changed: NDArray[np.bool_]) -> tuple[bytes, bytes]:
    """The 256 colours of a part of a picture, and its pixels, packed."""
    from PIL import Image

    image: Any = Image.fromarray(np.ascontiguousarray(part)).quantize(_UNCHANGED)
    colours = bytes(image.getpalette()).ljust(3 * 256, b"\0")
    pixels = np.where(changed, np.asarray(image), _UNCHANGED).astype(np.uint8)
    indexed = Image.fromarray(pixels)
    indexed.putpalette(colours)
    file = io.BytesIO()
    indexed.save(file, "GIF", optimize=False, interlace=False)
    data = file.getvalue()
    # Behind the header, the colours, and what may stand before the picture is its descriptor.
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    own = 3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0
    if own:
        colours = data[at + 10 : at + 10 + own]
    return colours, data[at + 10 + own : -1]
