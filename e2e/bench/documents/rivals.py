"""`rapidocr` as it comes out of the box, on the same files."""

import time
import unicodedata
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from rapidocr import RapidOCR

from e2e.bench.documents.samples import Sample

# What has to be found, and how: as it stands, or as an amount in any way of printing.
TEXTS = ("id_number", "name")
AMOUNTS = ("gross_pay", "deductions", "net_pay", "monthly_income", "annual_income")


@dataclass(frozen=True, slots=True)
class Rival:
    """Seconds of one picture, and which of its values stand anywhere in the text found."""

    seconds: float
    cpu: float
    found: dict[str, bool]


class OutOfTheBox:
    """Default settings, default threads; only its log is quiet."""

    def __init__(self) -> None:
        self._rapid: Any = RapidOCR(params={"Global.log_level": "error"})

    def read(self, sample: Sample) -> Rival:
        """The picture's bytes as sent; what it can't decode (HEIC) is decoded for it, untimed."""
        content: Any = sample.data
        if sample.media_type == "image/heic":
            with Image.open(BytesIO(sample.data)) as picture:
                content = np.ascontiguousarray(np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))[:, :, ::-1])
        before, cpu = time.perf_counter(), time.process_time()
        result = self._rapid(content)
        seconds, used = time.perf_counter() - before, time.process_time() - cpu
        lines = result.txts or ()
        return Rival(seconds, used, contained(sample, "".join(lines)))


def contained(sample: Sample, text: str) -> dict[str, bool]:
    """Whether each value stands in the text, in any form it may be printed in."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    found = {}
    for name, value in sample.truth.fields.items():
        if name in TEXTS:
            found[name] = unicodedata.normalize("NFKC", value) in plain
        elif name in AMOUNTS:
            yuan, cents = divmod(int(value), 100)
            forms = [f"{yuan:,}.{cents:02d}", f"{yuan}.{cents:02d}"]
            forms += [] if cents else [f"{yuan:,}", str(yuan)]
            found[name] = any(form in plain for form in forms)
    return found
