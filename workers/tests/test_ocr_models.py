"""Model directories: built once, by however many, and a missing file is named."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workers.ocr import models
from workers.ocr.errors import ModelMissing
from workers.ocr.models import locate_models


def test_models_are_built_once_by_concurrent_builders(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        located = set(pool.map(lambda _: locate_models(tmp_path), range(4)))
    assert len(located) == 1
    built = located.pop()
    assert sorted(p.name for p in (tmp_path / "models").iterdir()) == sorted(
        (built.detection.name, built.recognition.name)
    )
    description = json.loads((built.recognition / "inference.yml").read_text(encoding="utf-8"))
    alphabet = description["PostProcess"]["character_dict"]
    assert {"证", "壹", "X", "9"} <= set(alphabet)
    before = (built.detection / "inference.onnx").stat().st_mtime_ns
    locate_models(tmp_path)
    assert (built.detection / "inference.onnx").stat().st_mtime_ns == before


def test_an_incomplete_directory_is_built_again(tmp_path: Path) -> None:
    built = locate_models(tmp_path)
    (built.detection / "inference.yml").unlink()
    assert (locate_models(tmp_path).detection / "inference.yml").is_file()


def test_a_missing_file_of_the_wheel_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_wheel_models", lambda: tmp_path / "nowhere")
    with pytest.raises(ModelMissing, match=r"PP-OCRv6_det_small\.onnx is missing: reinstall"):
        locate_models(tmp_path)


def test_other_models_are_taken_from_their_folder(tmp_path: Path) -> None:
    for name in ("PP-OCRv5_mobile_det", "PP-OCRv5_mobile_rec"):
        (tmp_path / name).mkdir()
        for file in ("inference.onnx", "inference.yml"):
            (tmp_path / name / file).touch()
    located = locate_models(tmp_path / "home", tmp_path)
    assert (located.detection_name, located.recognition_name) == ("PP-OCRv5_mobile_det", "PP-OCRv5_mobile_rec")
    (tmp_path / "PP-OCRv5_mobile_rec" / "inference.onnx").unlink()
    with pytest.raises(ModelMissing, match=r"lacks inference\.onnx"):
        locate_models(tmp_path / "home", tmp_path)
