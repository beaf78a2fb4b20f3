"""The loaders read what lies there, fetch what is missing whole or not at all, and say what to do when they fail."""
import errno
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pooch
import pytest

import tinytorch as tt
from tests.framework.data_site import ARCHIVE, ARRAYS, CIFAR, COUNT, MNIST, NAMES, PLAY, RECORDS, archive, md5, serve
from tinytorch import dataloader
from tinytorch.dataloader import DataError


@pytest.fixture
def site(tmp_path, monkeypatch):
    """The server, and an empty folder `data` for what comes from it. The loaders ask nobody else."""
    with serve() as server:
        server.data = tmp_path / "data"
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("TINYTORCH_DATA", str(server.data))
        monkeypatch.setattr(dataloader, "MNIST_ADDRESSES", [server.address])
        monkeypatch.setattr(dataloader, "MNIST_FILES", {name: (md5(data), md5(gzip.decompress(data)))
                                                        for name, data in MNIST.items()})
        monkeypatch.setattr(dataloader, "CIFAR10_ADDRESS", server.address + CIFAR)
        monkeypatch.setattr(dataloader, "CIFAR10_MD5", md5(ARCHIVE))
        monkeypatch.setattr(dataloader, "CIFAR10_COUNT", COUNT)
        monkeypatch.setattr(dataloader, "SHAKESPEARE_ADDRESS", server.address + "input.txt")
        monkeypatch.setattr(dataloader, "SHAKESPEARE_SHA256", hashlib.sha256(PLAY).hexdigest())
        yield server


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def put(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def told(load) -> str:
    """The one line that a loader fails with."""
    with pytest.raises(DataError) as error:
        load()
    assert "\n" not in str(error.value)
    return str(error.value)


def raw(dataset) -> list[np.ndarray]:
    return dataset.dataset.arrays


def test_what_is_missing_is_fetched_once(site):
    train, test = tt.load_mnist()
    for array, expected in zip([*raw(train), *raw(test)], ARRAYS):
        assert (array.squeeze() == expected).all()
    assert raw(train)[0].shape == (7, 1, 5, 5) and raw(train)[0].dtype == np.uint8
    assert site.asked == list(MNIST) and files_in(site.data) == set(MNIST)
    tt.load_mnist()
    assert len(site.asked) == 4


def test_what_lies_there_is_read_and_nobody_is_asked(site):
    put(site.data / "mnist", {name: gzip.compress(gzip.decompress(data), 1, mtime=5) for name, data in MNIST.items()})
    put(site.data / "cifar-10-batches-bin", {name: rows.tobytes() for name, rows in zip(NAMES, RECORDS)})
    assert len(tt.load_mnist()[0]) == 7
    train, test = tt.load_cifar10()
    expected = np.concatenate(RECORDS[:5])
    assert (raw(train)[0].reshape(5 * COUNT, -1) == expected[:, 1:]).all() and (raw(train)[1] == expected[:, 0]).all()
    assert (raw(test)[0].reshape(COUNT, -1) == RECORDS[5][:, 1:]).all()
    assert raw(train)[0].shape == (5 * COUNT, 3, 32, 32) and raw(train)[0].dtype == np.uint8
    assert site.asked == []


def test_shakespeare_is_fetched_once_and_read_as_text(site):
    assert tt.load_shakespeare() == tt.load_shakespeare() == PLAY.decode()
    assert site.asked == ["input.txt"] and (site.data / "tinyshakespeare" / "input.txt").read_bytes() == PLAY


@pytest.mark.parametrize("content", [PLAY[:-1], b"", PLAY.replace(b"\n", b"\r\n"), b"\xff" + PLAY])
def test_a_text_that_is_not_the_published_one_is_named(site, content):
    put(site.data / "tinyshakespeare", {"input.txt": content})
    path = site.data / "tinyshakespeare" / "input.txt"
    assert f"{path} is damaged (it is not the published Tiny Shakespeare)" in told(tt.load_shakespeare)
    assert site.asked == []
    site.files["input.txt"] = content
    path.unlink()
    assert "sent something else" in told(tt.load_shakespeare) and files_in(site.data) == set()


def test_both_parts_are_normalized_by_the_training_images(site):
    train, test = tt.load_mnist()
    images, _ = train.batch(np.arange(7))
    assert images.dtype == np.float32 and abs(images.mean()) < 1e-5 and abs(images.std() - 1) < 1e-4
    expected = (ARRAYS[2] - ARRAYS[0].mean()) / ARRAYS[0].std()
    np.testing.assert_allclose(test.batch(np.arange(3))[0][:, 0], expected, rtol=1e-4)


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:40] + b"x" * 9 + data[49:],
                                    lambda data: b"<html>", lambda data: b"", lambda data: gzip.compress(b"other")])
def test_a_damaged_file_is_named_and_left_where_it_is(site, damage):
    name = "train-images-idx3-ubyte.gz"
    put(site.data / "mnist", {**MNIST, name: damage(MNIST[name])})
    line = told(tt.load_mnist)
    assert str(site.data / "mnist" / name) in line and "delete it and run this again" in line
    assert files_in(site.data) == set(MNIST) and site.asked == []
    (site.data / "mnist" / name).unlink()
    assert len(tt.load_mnist()[0]) == 7 and site.asked == [name]


def test_a_server_that_sends_something_else_leaves_nothing_behind_and_the_next_run_goes_on(site):
    name = "train-labels-idx1-ubyte.gz"
    site.files[name] = b"<html>please log in</html>"
    line = told(tt.load_mnist)
    assert name in line and "sent something else" in line and f"all four files of {site.address}" in line
    assert files_in(site.data) == {"train-images-idx3-ubyte.gz"}
    site.files[name] = MNIST[name]
    assert len(tt.load_mnist()[0]) == 7
    assert site.asked.count("train-images-idx3-ubyte.gz") == 1


def test_a_connection_that_breaks_leaves_nothing_behind(site):
    site.cut[CIFAR] = len(ARCHIVE) // 2
    assert "could not be fetched" in told(tt.load_cifar10)
    assert files_in(site.data) == set()
    site.cut.clear()
    assert len(tt.load_cifar10()[0]) == 5 * COUNT


def test_the_next_address_is_tried(site, monkeypatch):
    monkeypatch.setattr(dataloader, "MNIST_ADDRESSES", ["http://127.0.0.1:9/nobody/", site.address])
    assert len(tt.load_mnist()[0]) == 7


def test_a_file_that_the_server_does_not_have_is_said(site):
    site.files.clear()
    assert "HTTPError" in told(tt.load_mnist)


def test_offline_says_what_to_put_where(site):
    site.shutdown()
    site.server_close()
    for load, what, folder in [(tt.load_mnist, f"all four files of {site.address}", site.data / "mnist"),
                               (tt.load_cifar10, site.address + CIFAR, site.data),
                               (tt.load_shakespeare, site.address + "input.txt", site.data / "tinyshakespeare")]:
        line = told(load)
        assert "ConnectionError" in line and "when you are online" in line
        assert f"put {what} into {folder} by hand" in line


def fails_with(error: BaseException):
    """A downloader that ends with an error in the middle of a file."""
    class Downloader:
        def __init__(self, **options):
            pass

        def __call__(self, url, output_file, pooch):
            Path(output_file).write_bytes(b"half a file")
            raise error
    return Downloader


def test_a_full_disk_is_said_and_leaves_nothing_behind(site, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(pooch, "HTTPDownloader", fails_with(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))))
        line = told(tt.load_mnist)
    assert "No space left" in line and "free some space, or set TINYTORCH_DATA" in line and str(site.data) in line
    assert files_in(site.data) == set()
    assert len(tt.load_mnist()[0]) == 7


def test_an_interrupted_download_leaves_nothing_behind_and_the_next_run_goes_on(site, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(pooch, "HTTPDownloader", fails_with(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            tt.load_cifar10()
    assert files_in(site.data) == set()
    assert len(tt.load_cifar10()[0]) == 5 * COUNT


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
def test_unpacking_goes_on_where_it_was_stopped_without_a_second_download(site, monkeypatch, error):
    copies = []

    def stop_at_the_third(source, target):
        copies.append(target)
        target.write(source.read(100))
        if len(copies) == 3:
            raise error
        target.write(source.read())

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfileobj", stop_at_the_third)
        with pytest.raises((DataError, KeyboardInterrupt)):
            tt.load_cifar10()
    assert files_in(site.data) == {CIFAR, *NAMES[:2]}
    train, _ = tt.load_cifar10()
    assert len(train) == 5 * COUNT and site.asked == [CIFAR]


def test_a_cifar_file_that_was_cut_off_or_holds_no_labels_is_damaged(site):
    tt.load_cifar10()
    path = site.data / "cifar-10-batches-bin" / NAMES[2]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert f"{path} is damaged ({len(whole) - 1:,} bytes instead of {len(whole):,})" in told(tt.load_cifar10)
    path.write_bytes(b"\x0a" + whole[1:])
    assert "label 10" in told(tt.load_cifar10)
    path.unlink()
    assert len(tt.load_cifar10()[0]) == 5 * COUNT and site.asked == [CIFAR]


@pytest.mark.parametrize("content", [ARCHIVE[:len(ARCHIVE) // 2], ARCHIVE[:-20], b"<html>", archive(RECORDS[:4])])
def test_a_damaged_archive_put_there_by_hand_is_named(site, content):
    put(site.data, {CIFAR: content})
    line = told(tt.load_cifar10)
    assert str(site.data / CIFAR) in line and "delete it" in line and site.asked == []


@pytest.mark.parametrize("in_a_notebook", [True, False])
def test_a_download_shows_one_bar_and_nothing_red_in_a_notebook(site, in_a_notebook):
    """In a notebook what is written to stderr is red; elsewhere stdout is for results."""
    kernel = "import sys; sys.modules['ipykernel'] = sys\n" if in_a_notebook else ""
    fetch = (f"{kernel}from pathlib import Path\nfrom tinytorch.dataloader import fetch\n"
             f"fetch(Path({str(site.data / 'play.txt')!r}), ['{site.address}input.txt'], "
             f"'sha256:{hashlib.sha256(PLAY).hexdigest()}')")
    done = subprocess.run([sys.executable, "-c", fetch], capture_output=True, text=True, encoding="utf-8", check=True)
    said, other = (done.stdout, done.stderr) if in_a_notebook else (done.stderr, done.stdout)
    assert "play.txt: 100%" in said and "Downloading" not in said and other == ""
    assert (site.data / "play.txt").read_bytes() == PLAY


def test_without_pooch_the_line_says_what_to_install(site, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert "pip install pooch" in told(tt.load_mnist)
    monkeypatch.delenv("TINYTORCH_DATA")
    assert "TINYTORCH_DATA" in told(tt.load_mnist)


def test_data_lies_in_the_users_cache_unless_tinytorch_data_says_otherwise(monkeypatch, tmp_path):
    monkeypatch.setenv("TINYTORCH_DATA", str(tmp_path))
    assert dataloader.data_folder() == tmp_path
    monkeypatch.delenv("TINYTORCH_DATA")
    assert dataloader.data_folder() == Path(pooch.os_cache("tinytorch"))


def real(folder: str):
    """Skips a test where TINYTORCH_DATA does not hold the real data."""
    there = Path(os.environ.get("TINYTORCH_DATA", "-"), folder).is_dir()
    return pytest.mark.skipif(not there, reason=f"TINYTORCH_DATA holds no {folder}")


@real("mnist")
def test_the_real_mnist_is_read_bit_for_bit():
    train, test = tt.load_mnist()
    assert raw(train)[0].shape == (60_000, 1, 28, 28) and raw(test)[0].shape == (10_000, 1, 28, 28)
    assert np.bincount(raw(test)[1]).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@real("cifar-10-batches-bin")
def test_the_real_cifar10_has_as_many_pictures_of_each_class():
    train, test = tt.load_cifar10()
    assert (np.bincount(raw(train)[1]) == 5000).all() and (np.bincount(raw(test)[1]) == 1000).all()


@real("tinyshakespeare")
def test_the_real_tiny_shakespeare_has_1115394_characters():
    text = tt.load_shakespeare()
    assert len(text) == 1_115_394 and len(set(text)) == 65 and text.startswith("First Citizen:\n")
