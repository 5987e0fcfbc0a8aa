"""`xindai read`: what it prints, and what it says when it can't."""

import json
import re
from pathlib import Path

import pytest

from workers.ocr.cli import describe, main
from workers.ocr.errors import ReadInterrupted
from workers.ocr.quality import OK, REASONS
from workers.ocr.reader import DocumentReader
from workers.ocr.reading import Check, Field, KindName, Reading
from workers.sandbox.specimens import make_person, photo, render_id_back, to_jpeg


def test_the_command_prints_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XINDAI_HOME", str(tmp_path / "home"))
    person = make_person(1)
    good, bad = tmp_path / "back.jpg", tmp_path / "letter.jpg"
    good.write_bytes(to_jpeg(photo(render_id_back(person), 1)))
    bad.write_text("only text")
    assert main([str(good), str(bad), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["file"], first["kind"], first["side"], first["quality"]) == (str(good), "id_card_back", "back", "ok")
    assert first["fields"]["authority"]["value"] == person.authority
    assert set(first["fields"]["authority"]) == {"value", "confidence", "page", "box"}
    assert {check["id"] for check in first["checks"]} >= {"id_not_expired"}
    assert (second["kind"], second["quality"], second["fields"]) == ("unknown", "wrong_type", {})


def test_the_list_has_dates_amounts_and_words_as_they_are_told(tmp_path: Path) -> None:
    box = (1, 2, 3, 4)
    fields = {"valid_to": Field("long_term", 1.0, 0, box), "valid_from": Field("2016-01-02", 1.0, 0, box)}
    entry = describe(tmp_path, Reading("id_card_back", OK, fields))
    assert {name: field["value"] for name, field in entry["fields"].items()} == {
        "valid_to": "长期",
        "valid_from": "2016-01-02",
    }
    row = {"amount": Field("-3550", 1.0, 0, box), "summary": Field("消费", 1.0, 0, box)}
    entry = describe(tmp_path, Reading("bank_statement", OK, {"sex": Field("F", 1.0, 0, box)}, rows=(row,)))
    assert entry["fields"]["sex"]["value"] == "女"
    assert entry["rows"] == [
        {
            "amount": {"value": -3550, "confidence": 1.0, "page": 0, "box": box},
            "summary": {"value": "消费", "confidence": 1.0, "page": 0, "box": box},
        }
    ]


def test_a_file_that_ends_the_process_is_told_from_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.jpg"
    for path in (good, bad):
        path.touch()

    async def read(self: DocumentReader, path: Path, expected: KindName | None = None) -> Reading:
        if path == bad:
            raise ReadInterrupted
        return Reading("id_card_back", OK)

    monkeypatch.setattr(DocumentReader, "read", read)
    assert main([str(bad), str(good), "--json"]) == 0
    assert [entry["quality"] for entry in json.loads(capsys.readouterr().out)] == ["unreadable", "ok"]


def test_the_command_prints_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.jpg"
    path.touch()
    field = Field("某市公安局", 0.98, 0, (1, 2, 3, 4))
    check = Check("id_not_expired", False, "error", "身份证在有效期内", "The card is within its validity")
    good = Reading("id_card_back", OK, {"authority": field}, (check,), rows=({"date": field},))

    async def read(paths: list[Path], expected: KindName | None) -> list[tuple[Path, Reading]]:
        assert expected == "id_card_back"
        return [(path, good), (path, Reading("unknown", "blurred"))]

    monkeypatch.setattr("workers.ocr.cli._read", read)
    assert main([str(path), "--expect", "id_card_back"]) == 0
    table = capsys.readouterr().out
    assert "id_card_back  ok" in table
    assert re.search(r"authority +某市公安局 +0\.98 +1", table)
    assert "✗ 身份证在有效期内" in table
    assert REASONS["blurred"].zh in table


def test_the_command_says_which_file_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.jpg"), "--json"]) == 2
    assert main([str(tmp_path), "--json"]) == 2
    printed = capsys.readouterr()
    assert f"没有找到文件 {tmp_path / 'none.jpg'}" in printed.err
    assert f"{tmp_path} 是文件夹" in printed.err
    assert not printed.out
