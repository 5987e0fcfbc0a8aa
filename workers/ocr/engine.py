"""PaddleOCR's detector and recogniser on ONNX Runtime.

Not thread-safe, so it lives in a child process and answers one call at a time. The modules are used one by one instead
of the `PaddleOCR` pipeline, which gives neither the pixels between the two networks nor a probability per character.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from paddleocr import TextDetection, TextRecognition

from workers.ocr.images import Pixels
from workers.ocr.layout import Line
from workers.ocr.models import Models

Quads = NDArray[np.float64]  # n × 4 × 2, each clockwise from the top left, in pixels of the page

# A card filling the frame is read from 960 px; a page of small print needs more.
_DETECT_AT = 960
_DETECT_SMALL_PRINT_AT = 1600
_SMALL_PRINT = 15.0

_CROP_HEIGHT = 48
_NARROWEST, _WIDEST = 320, 3200
_BATCH = 6


class Engine:
    """One detector and one recogniser, in memory."""

    def __init__(self, models: Models, threads: int) -> None:
        logging.getLogger("paddlex").setLevel(logging.ERROR)
        options = {
            "engine": "onnxruntime",
            "engine_config": {"intra_op_num_threads": threads, "inter_op_num_threads": 1},
            "device": "cpu",
        }
        detector = TextDetection(model_name=models.detection_name, model_dir=str(models.detection), **options)
        recogniser = TextRecognition(model_name=models.recognition_name, model_dir=str(models.recognition), **options)
        self._detector: Any = detector.paddlex_predictor
        self._recogniser: Any = recogniser.paddlex_predictor
        self._alphabet = np.array(self._recogniser.post_op.character)

    def detect(self, page: Pixels) -> Quads:
        """Where text stands; repeated at a larger size when the print turns out to be small."""
        found = self._detect(page, _DETECT_AT)
        if len(found) < 12 or max(page.shape) <= _DETECT_AT:
            return found
        scale = min(1.0, _DETECT_AT / max(page.shape[:2]))
        if float(np.median(np.linalg.norm(found[:, 3] - found[:, 0], axis=1))) * scale >= _SMALL_PRINT:
            return found
        return self._detect(page, _DETECT_SMALL_PRINT_AT)

    def recognise(self, page: Pixels, quads: Quads) -> list[Line]:
        """What stands in the quads, those without text left out; in the order of the quads."""
        crops = [_crop(page, quad) for quad in quads]
        read: list[tuple[str, NDArray[np.float64]]] = [("", np.empty(0))] * len(crops)
        by_width = sorted(range(len(crops)), key=lambda index: crops[index].shape[1])
        for start in range(0, len(by_width), _BATCH):
            chosen = by_width[start : start + _BATCH]
            (output,) = self._recogniser.runner(x=_batch([crops[index] for index in chosen]))
            for index, line in zip(chosen, self._decode(output), strict=True):
                read[index] = line
        return [
            Line(text, float(characters.mean()), quad, tuple(characters.tolist()))
            for (text, characters), quad in zip(read, quads, strict=True)
            if text.strip()
        ]

    def lines(self, page: Pixels) -> list[Line]:
        """Every line of text found."""
        return self.recognise(page, self.detect(page))

    def _detect(self, page: Pixels, long_side: int) -> Quads:
        (result,) = self._detector.predict(page, limit_side_len=long_side, limit_type="max")
        return np.asarray(result["dt_polys"], np.float64).reshape(-1, 4, 2)

    def _decode(self, output: NDArray[np.float32]) -> Iterator[tuple[str, NDArray[np.float64]]]:
        """Greedy CTC: what differs from the step before and is not blank is a character."""
        best = output.argmax(axis=-1)
        probability = np.take_along_axis(output, best[..., None], axis=-1)[..., 0].astype(np.float64)
        emitted = best != 0
        emitted[:, 1:] &= best[:, 1:] != best[:, :-1]
        for row in range(len(best)):
            yield "".join(self._alphabet[best[row, emitted[row]]]), probability[row, emitted[row]]


def _crop(page: Pixels, quad: NDArray[np.float64]) -> Pixels:
    """The line of text as the recogniser wants it: lying, 48 px high."""
    width = max(1, round(max(np.hypot(*(quad[1] - quad[0])), np.hypot(*(quad[2] - quad[3])))))
    height = max(1, round(max(np.hypot(*(quad[3] - quad[0])), np.hypot(*(quad[2] - quad[1])))))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), corners)
    crop = cv2.warpPerspective(page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if height >= 1.5 * width:
        crop = np.rot90(crop)
    high, wide = crop.shape[:2]
    target = min(_WIDEST, max(1, int(np.ceil(_CROP_HEIGHT * wide / high))))
    return np.asarray(cv2.resize(crop, (target, _CROP_HEIGHT)), np.uint8)


def _batch(crops: Sequence[Pixels]) -> NDArray[np.float32]:
    """Crops side by side in one tensor, padded with mid-grey to the widest."""
    widest = max(_NARROWEST, *(crop.shape[1] for crop in crops))
    tensor = np.zeros((len(crops), 3, _CROP_HEIGHT, widest), np.float32)
    for slot, crop in zip(tensor, crops, strict=True):
        slot[:, :, : crop.shape[1]] = crop.transpose(2, 0, 1)
        slot[:, :, : crop.shape[1]] *= 1 / 127.5
        slot[:, :, : crop.shape[1]] -= 1
    return tensor
