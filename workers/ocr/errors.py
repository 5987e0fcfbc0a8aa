"""What can keep a document from being read that is not the document's fault."""

from portal.domain.errors import Unavailable
from portal.domain.text import N_


class ModelMissing(RuntimeError):
    """A model file is not where it should be; the sentence says which, and what to do. For the operator."""


class ReadInterrupted(Unavailable):
    """The reading process died or took too long; the same document may be read again at once."""

    def __init__(self) -> None:
        super().__init__(retry_after=1, public=N_("读取材料时中断了，系统会自动重试，请稍候。"))
