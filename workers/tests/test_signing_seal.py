import hashlib
import io
import random
import stat
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from asn1crypto import cms
from cryptography import x509
from PIL import Image, ImageDraw
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError

from portal.domain.money import annuity_schedule
from workers.signing.appearance import InvalidDrawing, printable_drawing
from workers.signing.contract import draw_contract
from workers.signing.pki import Pki
from workers.signing.seal import SealedContract, SignerEvidence, sign_and_seal
from workers.signing.verify import Finding, verify
from workers.tests.test_signing_contract import DATA, FONTS

LENDER = DATA.lender.name
EVIDENCE = hashlib.sha256(b"otp, device, consents").hexdigest()
SIGNER = SignerEvidence("陈静怡", EVIDENCE)


@pytest.fixture(scope="module")
def pki_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lender") / "pki"


@pytest.fixture(scope="module")
def pki(pki_folder: Path) -> Pki:
    return Pki.load_or_create(pki_folder, LENDER)


@pytest.fixture(scope="module")
def paper() -> bytes:
    schedule = annuity_schedule(5_000_000, 1440, 3, date(2026, 12, 24))
    return draw_contract(replace(DATA, term_months=3, schedule=schedule), FONTS)


@pytest.fixture(scope="module")
def sealed(paper: bytes, pki: Pki) -> SealedContract:
    return sign_and_seal(paper, SIGNER, LENDER, pki, FONTS)


def drawn_signature(draw: Callable[[ImageDraw.ImageDraw], None] | None = None) -> bytes:
    picture = Image.new("RGBA", (600, 240), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    if draw is None:
        pen.line([(100, 60), (220, 180), (380, 70), (500, 170)], fill="black", width=8)
    else:
        draw(pen)
    made = io.BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def test_a_sealed_contract_is_sound_and_names_its_signers(sealed: SealedContract, pki: Pki) -> None:
    result = verify(sealed.pdf, pki.trust_roots)
    assert result.sound
    borrower, lender = result.signatures
    assert (borrower.field, borrower.name, borrower.evidence_sha256) == ("Borrower", "陈**", EVIDENCE)
    assert (lender.field, lender.name, lender.evidence_sha256) == ("Lender", f"{LENDER} 电子合同专用章", None)
    assert borrower.signed_at is not None
    assert abs(borrower.signed_at - sealed.signed_at) < timedelta(minutes=10)  # one occasion, on any machine


def test_what_is_returned_can_be_filed(sealed: SealedContract, paper: bytes) -> None:
    assert sealed.sha256 == hashlib.sha256(sealed.pdf).hexdigest()
    assert sealed.document_sha256 == hashlib.sha256(paper).hexdigest()
    assert sealed.pdf.startswith(paper), "the paper the borrower read is inside, byte for byte"
    assert sealed.signed_at <= sealed.sealed_at


def test_both_signatures_can_be_seen(sealed: SealedContract) -> None:
    with pdfium.PdfDocument(sealed.pdf) as document:
        document.init_forms()
        picture = document[len(document) - 1].render(scale=1).to_pil().convert("RGB")
    colours = {colour for _, colour in picture.crop((62, 690, 540, 775)).getcolors(maxcolors=1 << 16)}
    assert (0x0E, 0x7C, 0x6B) in colours, "the seal is jade"
    assert (0x1C, 0x25, 0x30) in colours, "the name is ink"


def test_a_drawn_signature_takes_the_place_of_the_typed_name(paper: bytes, pki: Pki) -> None:
    typed = sign_and_seal(paper, SIGNER, LENDER, pki, FONTS)
    drawn = sign_and_seal(paper, replace(SIGNER, drawing=drawn_signature()), LENDER, pki, FONTS)
    assert verify(drawn.pdf, pki.trust_roots).sound
    assert [pdf.count(b"/Subtype /Image") for pdf in (typed.pdf, drawn.pdf)] == [0, 1]


def test_flipped_bytes_are_found(sealed: SealedContract, pki: Pki) -> None:
    dice = random.Random(20261123)  # noqa: S311 - a fixed sample, not a secret
    for offset in dice.sample(range(len(sealed.pdf)), 20):
        changed = bytearray(sealed.pdf)
        changed[offset] ^= dice.randrange(1, 256)
        assert not verify(bytes(changed), pki.trust_roots).sound, offset


def test_the_bytes_of_the_seal_itself_cannot_be_rewritten(sealed: SealedContract, pki: Pki) -> None:
    lender = list(PdfFileReader(io.BytesIO(sealed.pdf)).embedded_signatures)[1]
    start, end = int(lender.byte_range[1]), int(lender.byte_range[2])
    written = 2 * len(cms.ContentInfo.load(lender.pkcs7_content).dump())
    letter = next(at for at in range(start + 1, end) if sealed.pdf[at : at + 1].isalpha())
    version = sealed.pdf.index(b"020101", start) + 5
    last_version = sealed.pdf.rindex(b"020101", start, start + written) + 5
    for offset, to in (
        (letter, sealed.pdf[letter : letter + 1].lower()),
        (version, b"3"),
        (last_version, b"3"),
        (start + written + 20, b"7"),
        (end - 2, b" "),
    ):
        changed = sealed.pdf[:offset] + to + sealed.pdf[offset + 1 :]
        assert changed != sealed.pdf
        assert verify(changed, pki.trust_roots).finding is Finding.MODIFIED, offset - start


def test_anything_appended_is_found(sealed: SealedContract, pki: Pki) -> None:
    for edit in (_new_title, _cover_page_content, _note_on_last_page):
        writer = IncrementalPdfFileWriter(io.BytesIO(sealed.pdf))
        edit(writer)
        made = io.BytesIO()
        writer.write(made)
        assert made.getvalue().startswith(sealed.pdf)
        assert verify(made.getvalue(), pki.trust_roots).finding is Finding.MODIFIED
    assert verify(sealed.pdf + b"\n% more", pki.trust_roots).finding is Finding.MODIFIED
    assert verify(sealed.pdf[:-200], pki.trust_roots).finding is Finding.MODIFIED


def _new_title(writer: IncrementalPdfFileWriter) -> None:
    writer.set_info(generic.DictionaryObject({generic.pdf_name("/Title"): generic.pdf_string("x")}))


def _cover_page_content(writer: IncrementalPdfFileWriter) -> None:
    over = writer.add_object(generic.StreamObject(stream_data=b"1 g 100 500 300 100 re f"))
    writer.add_stream_to_page(0, over)


def _note_on_last_page(writer: IncrementalPdfFileWriter) -> None:
    page, _ = writer.find_page_for_modification(-1)
    page.get_object()["/Annots"] = generic.ArrayObject()
    writer.mark_update(page)


def test_a_contract_with_only_one_signature_is_not_sound(sealed: SealedContract, pki: Pki) -> None:
    lender = list(PdfFileReader(io.BytesIO(sealed.pdf)).embedded_signatures)[1]
    before = sealed.pdf[: sealed.pdf.rindex(b"%%EOF", 0, int(lender.byte_range[1])) + 5]
    assert not verify(before, pki.trust_roots).sound


def test_another_lender_is_not_trusted(sealed: SealedContract, tmp_path: Path) -> None:
    other = Pki.load_or_create(tmp_path, LENDER)
    result = verify(sealed.pdf, other.trust_roots)
    assert result.finding is Finding.UNTRUSTED
    assert not any(signature.sound for signature in result.signatures)


def test_a_one_time_certificate_cannot_seal(paper: bytes, pki: Pki) -> None:
    key, certificate = pki.issue_one_time(f"{LENDER} 电子合同专用章", EVIDENCE)
    forged = sign_and_seal(paper, SIGNER, LENDER, replace(pki, seal_key=key, seal_certificate=certificate), FONTS)
    assert not verify(forged.pdf, pki.trust_roots).sound


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"hello", b"\x00" * 4096, b"%PDF-1.7\n%%EOF"])
def test_other_files_are_no_contract(content: bytes, pki: Pki) -> None:
    assert verify(content, pki.trust_roots).finding is Finding.NOT_A_CONTRACT


def test_an_unsigned_contract_is_none(paper: bytes, pki: Pki) -> None:
    assert verify(paper, pki.trust_roots).finding is Finding.NOT_A_CONTRACT


def test_a_signed_contract_is_not_signed_again(sealed: SealedContract, pki: Pki) -> None:
    with pytest.raises(SigningError):
        sign_and_seal(sealed.pdf, SIGNER, LENDER, pki, FONTS)


def test_the_one_time_key_lives_for_one_signature(sealed: SealedContract, pki: Pki, pki_folder: Path) -> None:
    certificate = x509.load_pem_x509_certificate(sealed.signer_certificate)
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life.total_seconds() <= 20 * 60
    files = {path.name for path in pki_folder.iterdir()}
    assert files == {".lock", "root.key", "root.pem", "signer-ca.key", "signer-ca.pem", "seal.key", "seal.pem"}
    kept = {path.read_bytes() for path in pki_folder.glob("*.key")}
    key, other = pki.issue_one_time("陈**", EVIDENCE)
    assert key not in kept
    assert x509.load_pem_x509_certificate(other).public_key() != certificate.public_key()


def test_signing_writes_nothing_to_disk(
    paper: bytes, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sign_and_seal(paper, replace(SIGNER, drawing=drawn_signature()), LENDER, pki, FONTS)
    assert list(tmp_path.iterdir()) == []


def test_keys_are_for_their_owner_only(pki: Pki, pki_folder: Path) -> None:
    assert stat.S_IMODE(pki_folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in pki_folder.glob("*.*em")} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in pki_folder.glob("*.key")} == {0o600}
    assert "PRIVATE" not in repr(pki)


def test_no_personal_data_in_a_printed_signer(sealed: SealedContract) -> None:
    assert "陈静怡" not in repr(SIGNER)
    assert "陈静怡".encode("utf-16-be") not in sealed.signer_certificate
    assert "陈静怡" not in repr(sealed)


def test_processes_starting_together_share_one_pki(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        made = list(pool.map(Pki.load_or_create, [tmp_path / "pki"] * 4, [LENDER] * 4))
    assert len(set(made)) == 1
    assert Pki.load_or_create(tmp_path / "pki", LENDER) == made[0]


def test_an_unfinished_pki_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "root.key").write_bytes(b"half")
    created = Pki.load_or_create(tmp_path, LENDER)
    assert b"half" not in (tmp_path / "root.key").read_bytes()
    assert Pki.load_or_create(tmp_path, LENDER) == created


def test_signing_runs_in_a_process_of_its_own(paper: bytes, pki: Pki) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        sealed = pool.submit(sign_and_seal, paper, SIGNER, LENDER, pki, FONTS).result(timeout=60)
        assert pool.submit(verify, sealed.pdf, pki.trust_roots).result(timeout=60).sound


@pytest.mark.parametrize("evidence", ["", "x" * 64, EVIDENCE.upper(), EVIDENCE[:-1]])
def test_no_signature_without_evidence(evidence: str) -> None:
    with pytest.raises(ValueError, match="evidence"):
        SignerEvidence("陈静怡", evidence)


def test_names_that_are_hard_to_print_can_sign(paper: bytes, pki: Pki) -> None:
    for name in ('#image("/etc/passwd")', "\U00020bb7野", "阿卜杜热西提·阿卜杜热合曼·买买提", "W" * 30):
        assert verify(sign_and_seal(paper, replace(SIGNER, name=name), LENDER, pki, FONTS).pdf, pki.trust_roots).sound


def test_a_drawing_is_cropped_to_its_strokes() -> None:
    with Image.open(io.BytesIO(printable_drawing(drawn_signature()))) as made:
        assert made.mode == "L"
        assert made.width <= 600
        assert 1.5 < made.width / made.height < 5
        assert not made.info.get("exif")


def test_light_strokes_of_a_dark_screen_print_dark() -> None:
    light = drawn_signature(lambda pen: pen.line([(50, 50), (400, 150)], fill="white", width=9))
    with Image.open(io.BytesIO(printable_drawing(light))) as made:
        assert min(made.tobytes()) < 60


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"GIF89a", "no readable PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "no readable PNG"),
        (b"\x00" * 600_000, "too large"),
        (drawn_signature(lambda pen: None), "blank"),
    ],
)
def test_what_is_no_drawn_signature_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(InvalidDrawing, match=message):
        printable_drawing(content)


def test_a_drawing_of_too_many_pixels_is_never_decoded() -> None:
    made = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(made, "PNG")
    with pytest.raises(InvalidDrawing, match="too many pixels"):
        printable_drawing(made.getvalue())
