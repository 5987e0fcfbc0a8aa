"""PaddleOCR's detector and recogniser on ONNX Runtime.

Not thread-safe, so it lives in a child process and answers one call at a time. The two modules are used instead of the
`PaddleOCR` pipeline, which gives neither the pixels between the networks nor a probability per character, pads every
crop to 320 px and looks at every page from the same distance.

Measured on 400 crops of specimens, processor time of the recogniser: the pipeline's batches of six padded to 320 px
8.4 s; padded only to the batch's widest 5.4 s; crops of the same 32 px step, four at most, 4.6 s. Two threads took
8.8 s for the 5.4 s of one, most of it spent spinning, so a process has one thread and a machine one process per core.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from paddleocr import TextDetection, TextRecognition

from workers.ocr.images import Pixels, shrink
from workers.ocr.layout import Line
from workers.ocr.models import Models
from workers.ocr.normal import plain

Quads = NDArray[np.float64]  # n × 4 × 2, each clockwise from the top left, in pixels of the page
Floats = NDArray[np.float32]

# Long side of what the detector sees. Boxes below `_SMALL_PRINT` px there are looked at again from as near as makes
# them `_COMFORTABLE` px high; on specimens nothing is missed from 11 px up.
_FIRST_LOOK, _CARD_LOOK, _NEAREST_LOOK = 640, 448, 1600
_CARD, _CARD_WITHIN = 85.6 / 54, 0.04
_SMALL_PRINT, _COMFORTABLE = 10.0, 15.0
_STRIDE = 32
# Mean probability within a box. From 640 px PaddleOCR's 0.6 loses a single character (性别 男) on every fourth card,
# 0.4 none, with 0.4 % more boxes on the whole.
_FAINTEST = 0.4

_CROP_HEIGHT, _WIDEST = 48, 3200
_WIDTH_STEP, _MARGIN = 32, 8
# At most so many crops, or so many pixels of width, at once: the output has 18,710 floats per 8 px.
_BATCH, _BATCH_WIDTH = 4, 1600
_DOUBTFUL = 0.9
# A single character read worse is dirt or a piece of a pattern.
_SPECK = 0.5


class Engine:
    """One detector and one recogniser, in memory."""

    def __init__(self, models: Models, threads: int) -> None:
        logging.getLogger("paddlex").setLevel(logging.ERROR)
        options = {
            "engine": "onnxruntime",
            "engine_config": {"intra_op_num_threads": threads, "inter_op_num_threads": 1},
            "device": "cpu",
        }
        detector = TextDetection(
            model_name=models.detection_name, model_dir=str(models.detection), box_thresh=_FAINTEST, **options
        )
        recogniser = TextRecognition(model_name=models.recognition_name, model_dir=str(models.recognition), **options)
        self._detector: Any = detector.paddlex_predictor
        self._recogniser: Any = recogniser.paddlex_predictor
        normalise = self._detector.pre_tfs["Normalize"]
        self._blob = cv2.dnn.Image2BlobParams()
        self._blob.scalefactor = tuple(normalise.alpha)
        self._blob.mean = tuple(-beta / alpha for alpha, beta in zip(normalise.alpha, normalise.beta, strict=True))
        characters: list[str] = self._recogniser.post_op.character
        self._alphabet = np.array(characters)
        self._forms = _same_forms(characters)

    @property
    def runners(self) -> tuple[Any, Any]:
        """PaddleX's ONNX Runtime runners of the two networks, for measuring: `session`, `model_dir`."""
        return self._detector.runner, self._recogniser.runner

    def detect(self, page: Pixels) -> Quads:
        """Where text stands, seen from afar: enough to judge the picture by."""
        return self.detect_at(page, _first_look(page))

    def look_closer(self, page: Pixels, found: Quads) -> Quads:
        """Where text stands, from nearer when the print turned out to be small; else what was found already."""
        long_side, first = max(page.shape), _first_look(page)
        if not len(found) or long_side <= first:
            return found
        sides = np.linalg.norm(found - np.roll(found, -1, axis=1), axis=2)
        height = float(np.median(sides.min(axis=1))) * first / long_side
        if height >= _SMALL_PRINT:
            return found
        return self.detect_at(page, min(_NEAREST_LOOK, max(_FIRST_LOOK, round(first * _COMFORTABLE / height))))

    def recognise(self, page: Pixels, quads: Quads) -> list[Line]:
        """What stands in the quads, in the order of the quads; those without text, or a speck, are left out."""
        crops = [cut_out(page, quad) for quad in quads]
        by_width = defaultdict(list)
        for index, crop in enumerate(crops):
            by_width[-(-(crop.shape[1] + _MARGIN) // _WIDTH_STEP) * _WIDTH_STEP].append(index)
        read: dict[int, tuple[str, Floats, Floats]] = {}
        for width, alike in by_width.items():
            together = max(1, min(_BATCH, _BATCH_WIDTH // width))
            for start in range(0, len(alike), together):
                chosen = alike[start : start + together]
                (output,) = self._recogniser.runner(x=stack([crops[index] for index in chosen], width))
                read |= zip(chosen, (self._decode(steps, width) for steps in output), strict=True)
        return [
            Line(text, float(chances.mean()), quad, tuple(chances.tolist()), tuple((places / crop.shape[1]).tolist()))
            for quad, crop, (text, chances, places) in zip(
                quads, crops, map(read.__getitem__, range(len(crops))), strict=True
            )
            if len(text.strip()) > 1 or (text.strip() and chances.mean() > _SPECK)
        ]

    def detect_at(self, page: Pixels, long_side: int) -> Quads:
        """Where text stands on the page made so long."""
        height, width = page.shape[:2]
        scale = min(1.0, long_side / max(height, width))
        across, down = (max(_STRIDE, round(side * scale / _STRIDE) * _STRIDE) for side in (width, height))
        output = self._detector.runner(x=cv2.dnn.blobFromImageWithParams(shrink(page, across, down), self._blob))
        (boxes,), _ = self._detector.post_op(output, [(height, width, down / height, across / width)])
        return np.asarray(boxes, np.float64).reshape(-1, 4, 2)

    def _decode(self, steps: Floats, width: int) -> tuple[str, Floats, Floats]:
        """Greedy CTC, time × alphabet: a run of steps with the same best character, not the blank, is that character.

        Its probability is the best of its run. Where that is doubtful, spellings with the same normal form (NFKC: full
        and half width, a blank or none) count together: no value depends on which of them it was. The third are the
        middles of the runs, in pixels of the `width` that the steps cover.
        """
        best = steps.argmax(axis=-1)
        certain = steps[np.arange(len(best)), best]
        starts = np.flatnonzero(np.diff(best, prepend=-1))
        peaks = np.maximum.reduceat(certain, starts)
        for run in np.flatnonzero(peaks < _DOUBTFUL):
            step = starts[run] + certain[starts[run] : [*starts, len(best)][run + 1]].argmax()
            peaks[run] = steps[step, self._forms == self._forms[best[step]]].sum()
        emitted = best[starts] != 0
        middles = (starts + np.append(starts[1:], len(best))) / 2 * (width / len(best))
        return "".join(self._alphabet[best[starts[emitted]]]), peaks[emitted], middles[emitted]


def _first_look(page: Pixels) -> int:
    """The print on what is shaped like a card is large for its sheet (GA 448-2013)."""
    long_side, short_side = max(page.shape[:2]), min(page.shape[:2])
    return _CARD_LOOK if abs(long_side / short_side / _CARD - 1) < _CARD_WITHIN else _FIRST_LOOK


def _same_forms(characters: Sequence[str]) -> NDArray[np.int64]:
    """A number per class, equal for classes with the same normal form; a space between words is like no character."""
    forms = ["" if index == 0 else plain(text).strip() for index, text in enumerate(characters)]
    return np.unique(np.array(forms), return_inverse=True)[1]


def cut_out(page: Pixels, quad: NDArray[np.float64]) -> Pixels:
    """The line of text as the recogniser wants it: lying, 48 px high. Warped only where the box is tilted."""
    width = max(1, round(max(np.hypot(*(quad[1] - quad[0])), np.hypot(*(quad[2] - quad[3])))))
    height = max(1, round(max(np.hypot(*(quad[3] - quad[0])), np.hypot(*(quad[2] - quad[1])))))
    left, top = quad.min(axis=0).clip(0, (page.shape[1] - 1, page.shape[0] - 1)).astype(int)
    crop: NDArray[Any]
    if np.abs(quad[[0, 0, 1, 2], [1, 0, 0, 1]] - quad[[1, 3, 2, 3], [1, 0, 0, 1]]).max() <= 1:
        crop = page[top : top + height, left : left + width]
    else:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), corners)
        crop = cv2.warpPerspective(
            page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
    if height >= 1.5 * width:
        crop = np.rot90(crop)
    high, wide = crop.shape[:2]
    target = min(_WIDEST, max(1, int(np.ceil(_CROP_HEIGHT * wide / high))))
    return np.asarray(cv2.resize(crop, (target, _CROP_HEIGHT)), np.uint8)


def stack(crops: Sequence[Pixels], width: int) -> Floats:
    """Crops above each other in one tensor, n × 3 × 48 × width, padded with mid-grey."""
    tensor = np.zeros((len(crops), 3, _CROP_HEIGHT, width), np.float32)
    for slot, crop in zip(tensor, crops, strict=True):
        taken = slot[:, :, : crop.shape[1]]
        np.multiply(crop.transpose(2, 0, 1), np.float32(1 / 127.5), out=taken)
        taken -= 1
    return tensor
