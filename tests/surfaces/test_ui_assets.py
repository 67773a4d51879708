"""What the styles and scripts promise, read from their sources."""

import json
import re

import pytest

from vernost import assets

# One letter may be a rule of the language, as ё for е.
CYRILLIC = re.compile("[А-Яа-яЁё]{2,}")
HEX = re.compile(r"#[0-9a-fA-F]{3,8}\b")


def sources(*patterns):
    return sorted(path for pattern in patterns for path in assets.SOURCES.glob(pattern))


def test_the_lock_names_no_registry():
    lock = json.loads((assets.SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []


def test_versions_are_exact():
    package = json.loads((assets.SOURCES / "package.json").read_text(encoding="utf-8"))
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert [version for version in versions if not version[0].isdigit()] == []


def test_pages_take_their_colours_from_tokens():
    assert [path.name for path in sources("css/pages/*.css") if HEX.search(path.read_text(encoding="utf-8"))] == []


def test_scripts_have_no_words_of_their_own():
    found = {path.name: CYRILLIC.findall(path.read_text(encoding="utf-8")) for path in sources("js/**/*.js")}
    assert {name for name, letters in found.items() if letters} == set()


@pytest.mark.parametrize(
    ("source", "icons"),
    [
        ('{% icon "phone" "i-20" %}', {"phone": "t.html"}),
        ('{% empty "calendar-off" t %}', {"calendar-off": "t.html"}),
        ('{% badge words "ok" "shield-check" %}', {"ok": "", "shield-check": ""}),
        ('{% field form.phone icon="device-mobile" %}', {"device-mobile": "t.html"}),
        ("{% icon name %}", {}),
    ],
)
def test_icons_are_found_where_they_are_named(tmp_path, monkeypatch, source, icons):
    package, folder = tmp_path / "src" / "vernost", tmp_path / "assets"
    (package / "templates").mkdir(parents=True)
    folder.mkdir()
    (folder / "icons.txt").write_text("", encoding="ascii")
    (package / "templates" / "t.html").write_text(source, encoding="utf-8")
    monkeypatch.setattr(assets, "PACKAGE", package)
    monkeypatch.setattr(assets, "SOURCES", folder)
    found = {name: where and where.split("/")[-1] for name, where in assets._icons().items()}
    assert found == icons


def test_an_unchanged_tree_is_not_built_again(capsys):
    assets.build()
    before = (assets.OUTPUT / assets.STAMP).stat().st_mtime_ns
    assert assets.main() == 0
    assert capsys.readouterr().out == "assets: up to date\n"
    assert (assets.OUTPUT / assets.STAMP).stat().st_mtime_ns == before


def test_every_shipped_package_has_its_licence():
    assets.build()
    licences = (assets.OUTPUT / "THIRD-PARTY.txt").read_text(encoding="utf-8")
    package = json.loads((assets.SOURCES / "package.json").read_text(encoding="utf-8"))
    assert [name for name in package["dependencies"] if f"{name} " not in licences] == []
