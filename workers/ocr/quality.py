"""Why a file can't be used, in words that say what to do."""

from dataclasses import dataclass

OK = "ok"

MAX_PIXELS = 64_000_000
MAX_PAGES = 20


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
            "glare",
            "照片上有反光，文字被挡住了。请关闭闪光灯，换个角度避开反光，重新拍照。",
            "A reflection hides some of the text. Please turn the flash off, change the angle and take it again.",
        ),
        Reason(
            "blurred",
            "照片模糊。请拿稳手机，等画面清晰后重新拍照。",
            "The photo is blurred. Please hold the phone still, wait until it is in focus and take it again.",
        ),
        Reason(
            "cut_off",
            "证件或材料没有拍全。请让四个角都在画面里，重新拍照。",
            "Part of the document is outside the picture. Please keep all four corners in view and take it again.",
        ),
        Reason(
            "not_a_document",
            "照片里没有找到证件或材料。请把材料放平，让它占满画面，重新拍照。",
            "No document was found in this picture. Please lay it flat, fill the frame and take the photo again.",
        ),
        Reason(
            "photo_of_screen",
            "这张照片拍的是屏幕。请直接拍摄原件；电子材料可以上传 PDF。",
            "This is a photo of a screen. Please photograph the original; electronic documents can be uploaded as PDF.",
        ),
        Reason(
            "wrong_side",
            "这是身份证的另一面。请翻过来，重新拍照。",
            "This is the other side of the identity card. Please turn it over and take the photo again.",
        ),
    )
}
