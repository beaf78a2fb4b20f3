"""Entries for tests: code around a `predict` in plain NumPy."""

from pathlib import Path

from tito.olympics import files

ROOT = Path(__file__).resolve().parents[3]
HONEST = "return np.zeros(len(images), int)"


def package() -> dict[str, bytes]:
    return files.package(ROOT)


def entry(predict: str = HONEST, load: str = "", top: str = "", **more: bytes) -> dict[str, bytes]:
    """The files of an entry: the body of predict, of load before it, and lines at the top."""

    def indented(text: str, by: int) -> str:
        return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())

    code = (
        f"import numpy as np\n{top}\ndef load():\n{indented(load, 4)}    def predict(images):\n{indented(predict, 8)}"
        "    return predict\n"
    )
    return {"entry.py": code.encode(), **{name.replace("_DOT_", "."): content for name, content in more.items()}}


def write(folder: Path, content: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return folder
