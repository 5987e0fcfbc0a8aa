"""A model's or a policy's folder as one file, so that what decided can be kept beside what it decided."""

import io
import zipfile
from pathlib import Path, PurePosixPath

_MOST_BYTES = 500 * 1024 * 1024


class ArchiveError(ValueError):
    """The content is no archive of ours."""


def pack(folder: Path) -> bytes:
    """A ZIP of all files below the folder; the same files give the same bytes, whenever and wherever."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            if "__pycache__" not in file.parts:
                # A name without a time of its own carries that of 1980.
                archive.writestr(zipfile.ZipInfo(file.relative_to(folder).as_posix()), file.read_bytes())
    return packed.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Raises ArchiveError for anything but files that stay inside the folder."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [PurePosixPath(name) for name in archive.namelist()]
            if any(name.is_absolute() or ".." in name.parts for name in names):
                raise ArchiveError("a file of the archive would lie outside")
            if sum(member.file_size for member in archive.infolist()) > _MOST_BYTES:
                raise ArchiveError("the archive is larger than any model")
            archive.extractall(folder)
    except (zipfile.BadZipFile, OSError) as broken:
        raise ArchiveError("the archive can't be read") from broken
