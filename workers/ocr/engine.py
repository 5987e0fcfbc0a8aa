"""PaddleOCR on ONNX Runtime. Not thread-safe, so it lives in a child process and answers one call at a time."""

import logging
from typing import Any

import numpy as np
from paddleocr import PaddleOCR

from workers.ocr.images import Pixels
from workers.ocr.layout import Line
from workers.ocr.models import Models

# A card filling the frame is read from 960 px; a page of small print needs more.
_DETECT_AT = 960
_DETECT_SMALL_PRINT_AT = 1600
_SMALL_PRINT = 15.0


class Engine:
    """One detector and one recogniser, in memory."""

    def __init__(self, models: Models, threads: int) -> None:
        logging.getLogger("paddlex").setLevel(logging.ERROR)
        self._paddle: Any = PaddleOCR(
            engine="onnxruntime",
            engine_config={"intra_op_num_threads": threads, "inter_op_num_threads": 1},
            text_detection_model_name=models.detection_name,
            text_detection_model_dir=str(models.detection),
            text_recognition_model_name=models.recognition_name,
            text_recognition_model_dir=str(models.recognition),
            use_doc_orientation_classify=False,
            use_doc_unwarping=False,
            use_textline_orientation=False,
        )

    def lines(self, page: Pixels) -> list[Line]:
        """Every line of text found; detection is repeated at a larger size when the print turns out to be small."""
        found = self._lines(page, _DETECT_AT)
        if len(found) < 12 or max(page.shape) <= _DETECT_AT:
            return found
        scale = min(1.0, _DETECT_AT / max(page.shape[:2]))
        if float(np.median([line.height for line in found])) * scale >= _SMALL_PRINT:
            return found
        return self._lines(page, _DETECT_SMALL_PRINT_AT)

    def _lines(self, page: Pixels, long_side: int) -> list[Line]:
        result = self._paddle.predict(page, text_det_limit_side_len=long_side, text_det_limit_type="max")[0]
        return [
            Line(text, float(score), np.asarray(quad, np.float64))
            for text, score, quad in zip(result["rec_texts"], result["rec_scores"], result["rec_polys"], strict=True)
            if text.strip()
        ]
