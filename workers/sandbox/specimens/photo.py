"""What a phone makes of a sheet: a desk behind it, a little turn and perspective, uneven light, noise, JPEG."""

from io import BytesIO
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def photo(
    image: Image.Image, seed: int = 0, *, long_side: int = 2000, tilt: float = 3.0, fill: float = 0.86
) -> Image.Image:
    """The sheet as photographed: turned by up to `tilt` degrees, filling `fill` of the frame, `long_side` px."""
    rng = np.random.default_rng(seed)
    landscape = image.width >= image.height
    width, height = (long_side, long_side * 3 // 4) if landscape else (long_side * 3 // 4, long_side)
    desk = np.array(rng.integers(70, 170, 3), np.float32)
    scene: NDArray[np.float32] = np.empty((height, width, 3), np.float32)
    scene[:] = desk
    scene += cv2.resize(rng.normal(0, 9, (height // 8, width // 8, 1)).astype(np.float32), (width, height))[..., None]

    scale = fill * min(width / image.width, height / image.height)
    half = np.array([image.width, image.height]) * scale / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    angle = np.radians(rng.uniform(-tilt, tilt))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = corners @ turn + np.array([width, height]) / 2
    corners += rng.uniform(-0.012, 0.012, (4, 2)) * min(width, height)
    source = np.array([[0, 0], [image.width, 0], [image.width, image.height], [0, image.height]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    sheet = cv2.warpPerspective(np.asarray(image.convert("RGB")), matrix, (width, height), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((image.height, image.width), 255, np.uint8), matrix, (width, height))
    scene[mask > 127] = sheet[mask > 127]

    falloff = np.linspace(1.0, rng.uniform(0.82, 0.95), width, dtype=np.float32)[None, :, None]
    scene *= falloff[:, :: rng.choice((-1, 1))]
    scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.5, 0.9)), np.float32)
    noise = rng.integers(-6, 7, (height, width), dtype=np.int8).astype(np.float32)
    scene += noise[..., None]
    return Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))


def to_jpeg(image: Image.Image, quality: int = 85, **options: Any) -> bytes:
    """The picture as a JPEG file; `options` go to Pillow (`exif=…`)."""
    buffer = BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=quality, **options)
    return buffer.getvalue()
