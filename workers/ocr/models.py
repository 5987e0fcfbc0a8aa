"""Where the OCR models are: PaddleOCR model directories built once from the ONNX files of the `rapidocr` wheel.

A PaddleOCR model directory holds `inference.onnx` and an `inference.yml` that says how to feed it and how to read it.
The wheel carries the networks only, so the second file is written here; the recogniser's alphabet comes from its own
ONNX metadata. `XINDAI_OCR_MODELS` names a folder holding other models instead, one directory each.
"""

import importlib.util
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime

from workers.ocr.errors import ModelMissing

DETECTION = "PP-OCRv6_small_det"
RECOGNITION = "PP-OCRv6_small_rec"
_WHEEL_FILES = {DETECTION: "PP-OCRv6_det_small.onnx", RECOGNITION: "PP-OCRv6_rec_small.onnx"}
_WANTED = ("inference.onnx", "inference.yml")
# Raise it when the text of an inference.yml written below changes, so that a directory built before is not used.
_EDITION = "1"


@dataclass(frozen=True, slots=True)
class Models:
    """A detector and a recogniser: the PaddleOCR name and the directory of each."""

    detection_name: str
    detection: Path
    recognition_name: str
    recognition: Path


def locate_models(home: Path, elsewhere: Path | None = None) -> Models:
    """The models under `elsewhere` if given, else those of the wheel, built under `home/models` when not there yet.

    Several processes may build at once: each writes its own directory and moves it into place in one step.
    """
    if elsewhere is not None:
        return Models(*_named(elsewhere, "_det"), *_named(elsewhere, "_rec"))
    root = home / "models"
    detection, recognition = (root / f"{name}-{_EDITION}" for name in (DETECTION, RECOGNITION))
    for name, directory in ((DETECTION, detection), (RECOGNITION, recognition)):
        if not all((directory / wanted).is_file() for wanted in _WANTED):
            _build(name, directory)
    return Models(DETECTION, detection, RECOGNITION, recognition)


def _named(root: Path, ending: str) -> tuple[str, Path]:
    """The one model directory under `root` whose name ends so; its name is the model's name."""
    found = sorted(path for path in root.glob(f"*{ending}") if path.is_dir())
    if len(found) != 1:
        raise ModelMissing(
            f"{root} (XINDAI_OCR_MODELS) must hold one PaddleOCR model directory named …{ending}; found {len(found)}."
        )
    missing = [wanted for wanted in _WANTED if not (found[0] / wanted).is_file()]
    if missing:
        raise ModelMissing(f"The OCR model {found[0]} lacks {' and '.join(missing)}.")
    return found[0].name, found[0]


def _build(name: str, directory: Path) -> None:
    source = _wheel_models() / _WHEEL_FILES[name]
    if not source.is_file():
        raise ModelMissing(f"The OCR model file {source} is missing: reinstall the `rapidocr` package.")
    directory.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=directory.parent))
    try:
        shutil.copyfile(source, building / "inference.onnx")
        (building / "inference.yml").write_text(_description(name, source), encoding="utf-8")
        _move_into_place(building, directory)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _move_into_place(building: Path, directory: Path) -> None:
    """Whoever is first wins; an incomplete directory (a file was deleted) makes way."""
    for _ in range(3):
        try:
            building.rename(directory)
        except OSError:
            if all((directory / wanted).is_file() for wanted in _WANTED):
                return
            aside = Path(tempfile.mkdtemp(prefix="old.", dir=directory.parent))
            directory.rename(aside / "incomplete")
            shutil.rmtree(aside, ignore_errors=True)
        else:
            return
    raise ModelMissing(f"The OCR model directory {directory} could not be written.")


def _wheel_models() -> Path:
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModelMissing("The OCR models are missing: install the `rapidocr` package or set XINDAI_OCR_MODELS.")
    return Path(spec.origin).parent / "models"


def _description(name: str, network: Path) -> str:
    """An `inference.yml`; JSON is YAML too, and PaddleX reads nothing else from it than this."""
    steps: list[dict[str, Any]]
    result: dict[str, Any]
    if name == DETECTION:
        normal = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "scale": "1./255.", "order": "hwc"}
        steps = [
            {"DetResizeForTest": None},
            {"NormalizeImage": normal},
            {"ToCHWImage": None},
            {"KeepKeys": {"keep_keys": ["image", "shape"]}},
        ]
        result = {"name": "DBPostProcess", "thresh": 0.3, "box_thresh": 0.6, "unclip_ratio": 1.5}
    else:
        steps = [
            {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
            {"RecResizeImg": {"image_shape": [3, 48, 320]}},
            {"KeepKeys": {"keep_keys": ["image"]}},
        ]
        result = {"name": "CTCLabelDecode", "character_dict": _alphabet(network)}
    description = {
        "Global": {"model_name": name},
        "PreProcess": {"transform_ops": steps},
        "PostProcess": result,
    }
    return json.dumps(description, ensure_ascii=False, indent=1)


def _alphabet(network: Path) -> list[str]:
    session = onnxruntime.InferenceSession(str(network), providers=["CPUExecutionProvider"])
    characters = session.get_modelmeta().custom_metadata_map.get("character")
    if not characters:
        raise ModelMissing(f"{network} carries no alphabet (ONNX metadata key `character`).")
    return str(characters).split("\n")
