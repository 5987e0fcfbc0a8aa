"""Why a file can't be used, in words that say what to do, and the measures taken of a picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

OK = "ok"

MAX_PIXELS = 64_000_000
MAX_PAGES = 20
MIN_LONG_SIDE, MIN_SHORT_SIDE = 480, 240

# Calibrated on the specimens and on ../shared/data/ocr: readable pictures stay well inside.
_DARK_PAPER = 60
_INK = 225
_BLANK = 4
_SHARP = 14.0


@dataclass(frozen=True, slots=True)
class Reason:
    """A refusal: what is wrong and what to do, in Chinese and in English."""

    id: str
    zh: str
    en: str


class Refused(Exception):
    """The file is refused; `reason` is an id in `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REASONS = {
    reason.id: reason
    for reason in (
        Reason(
            "wrong_type",
            "这个文件不是照片或 PDF。请上传 JPEG、PNG、WebP、HEIC 照片或 PDF。",
            "This file is neither a photo nor a PDF. Please upload a JPEG, PNG, WebP or HEIC photo, or a PDF.",
        ),
        Reason(
            "empty",
            "这个文件是空的，没有内容。请重新拍照或重新选择文件。",
            "This file is empty. Please take the photo again or choose another file.",
        ),
        Reason(
            "too_large_pixels",
            "图片的像素太大，无法处理。请用手机相机直接拍照上传。",
            "This picture has too many pixels. Please photograph the document with your phone and upload that.",
        ),
        Reason(
            "too_many_pages",
            f"这个 PDF 超过 {MAX_PAGES} 页。请只保留需要的页面，再重新上传。",
            f"This PDF has more than {MAX_PAGES} pages. Please keep only the pages needed and upload it again.",
        ),
        Reason(
            "encrypted_pdf",
            "这个 PDF 设有密码，我们打不开。请去掉密码，或拍照上传。",
            "This PDF is protected by a password. Please remove the password, or upload photos instead.",
        ),
        Reason(
            "unreadable",
            "这个文件已损坏或不完整，打不开。请重新拍照或重新上传。",
            "This file is damaged or incomplete. Please take the photo again or upload it again.",
        ),
        Reason(
            "too_small",
            "图片太小，看不清文字。请靠近一些，让证件占满画面，重新拍照。",
            "The picture is too small to read. Please move closer, fill the frame and take it again.",
        ),
        Reason(
            "too_dark",
            "照片太暗。请到光线充足的地方重新拍照，避免身体或手机的影子。",
            "The photo is too dark. Please take it again in good light, without your shadow on it.",
        ),
        Reason(
            "over_exposed",
            "照片太亮，文字看不见了。请关闭闪光灯，避开强光，重新拍照。",
            "The photo is too bright to read. Please turn the flash off, avoid strong light and take it again.",
        ),
        Reason(
            "blurred",
            "照片模糊。请拿稳手机，等画面清晰后重新拍照。",
            "The photo is blurred. Please hold the phone still, wait until it is in focus and take it again.",
        ),
        Reason(
            "not_a_document",
            "照片里没有找到证件或材料。请把材料放平，让它占满画面，重新拍照。",
            "No document was found in this picture. Please lay it flat, fill the frame and take the photo again.",
        ),
    )
}


def refuse_by_light(image: NDArray[np.uint8]) -> None:
    """Refused as `too_small`, `too_dark` or `over_exposed`, a blank sheet as `not_a_document`."""
    height, width = image.shape[:2]
    if max(height, width) < MIN_LONG_SIDE or min(height, width) < MIN_SHORT_SIDE:
        raise Refused("too_small")
    dark, light, lightest = np.percentile(_small_grey(image), (0.5, 95, 99.5))
    if lightest - dark < _BLANK:
        raise Refused("not_a_document")
    if light < _DARK_PAPER:
        raise Refused("too_dark")
    if dark > _INK:
        raise Refused("over_exposed")


def is_blurred(image: NDArray[np.uint8]) -> bool:
    """Whether even the sharpest edges of the picture are soft.

    The upper tail of the Laplacian, not its variance: a sharp card on a plain table has few edges, but hard ones.
    """
    grey = cv2.GaussianBlur(_small_grey(image), (3, 3), 0)
    edges = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    return float(np.percentile(edges, 99.5)) < _SHARP


def _small_grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    scale = 1000 / max(grey.shape)
    if scale >= 1:
        return np.asarray(grey, np.uint8)
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
