"""Where the socket lies: a path that fits into the kernel's limit and needs no quoting anywhere."""

from pathlib import Path

import pytest

from vernost.embedded import socket_folder


def test_the_socket_lies_in_the_data_folder():
    assert socket_folder(Path("/var/lib/vernost")) == Path("/var/lib/vernost/socket")


def test_a_relative_folder_is_the_same_as_its_absolute_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert socket_folder(Path("data")) == socket_folder(tmp_path / "data")


@pytest.mark.parametrize(
    "data_dir",
    [
        "/srv/данные",
        "/srv/two words",
        "/srv/a,b",
        "/srv/" + "deep/" * 30,
        # 84 letters and "/socket": one byte over the limit
        "/" + "x" * 83,
    ],
)
def test_an_odd_or_deep_folder_has_its_socket_in_a_short_place(data_dir):
    folder = socket_folder(Path(data_dir))
    assert folder.parent == Path("/tmp")  # noqa: S108 - where the product puts it
    assert folder.name.startswith("vernost-")
    assert len(bytes(folder)) <= 90
    assert str(folder).isascii()


def test_the_longest_plain_folder_keeps_its_socket():
    assert socket_folder(Path("/" + "x" * 82)) == Path("/" + "x" * 82 + "/socket")


def test_two_odd_folders_never_share_a_socket():
    assert socket_folder(Path("/srv/один")) != socket_folder(Path("/srv/два"))
