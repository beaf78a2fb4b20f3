"""Draw TinyDigits: 1,500 + 500 pictures of the digits 0-9, 8 by 8 pixels, 16 grey levels, by writers who do not exist.

    python make_tinydigits.py          (seconds; needs NumPy and Matplotlib; writes tinydigits.npz beside this file)

A writer is one of Matplotlib's fonts and the habits of a hand: slant, width, weight, unsteadiness. Each of the 40
writes every digit five times, never twice alike. The writers of the test set use fonts that no other writer uses.
"""
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Curve
from matplotlib.textpath import TextPath

FILE = Path(__file__).with_name("tinydigits.npz")
SEED = 1998
SIZE, LEVELS = 8, 16
FINE = 6                             # a pixel is FINE x FINE sample points
TIMES = 5                            # that a writer writes each digit
LABELS = np.repeat(np.arange(10, dtype=np.uint8), TIMES)
FONTS = {                            # split -> (number of writers, their fonts)
    "train": (30, ["DejaVuSans", "DejaVuSans-BoldOblique", "DejaVuSansMono-Bold", "DejaVuSansMono-Oblique",
                   "DejaVuSerif", "DejaVuSerif-BoldItalic", "cmr10", "cmss10", "cmb10", "STIXGeneralItalic",
                   "STIXGeneralBol"]),
    "test": (10, ["DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSerif-Italic", "cmtt10", "STIXGeneral"]),
}


@cache
def outlines(font: str, digit: int) -> list[np.ndarray]:
    """The closed curves of a digit as polygons, shape (points, 2), the whole digit 1 unit tall and centred on 0."""
    file = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")
    path = TextPath((0, 0), str(digit), size=100, prop=FontProperties(fname=file))
    box = path.get_extents()
    return [(curve - box.get_points().mean(axis=0)) / box.height for curve in path.to_polygons()]


class Writer:
    """A font and the habits of a hand."""

    def __init__(self, font: str, rng: np.random.Generator):
        self.font, self.rng = font, rng
        self.slant = rng.normal(0, 0.12)
        self.width = rng.uniform(0.9, 1.3)
        self.lightness = rng.uniform(0.2, 0.4)
        self.unsteadiness = rng.uniform(0.01, 0.04)

    def write(self, digit: int) -> np.ndarray:
        """One picture, (SIZE, SIZE): 0 is paper, LEVELS - 1 is ink."""
        rng = self.rng
        angle, height, shift = rng.normal(0, 0.08), rng.uniform(0.72, 0.9), rng.normal(0, 0.04, size=2)
        wave, phase = self.unsteadiness * rng.normal(size=2), rng.uniform(0, 2 * np.pi, size=2)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        slanted = np.array([[self.width, 0], [self.slant + rng.normal(0, 0.05), 1]])
        curves = [(curve + wave * np.sin(5 * curve[:, ::-1] + phase)) @ slanted @ turn * height + shift
                  for curve in outlines(self.font, digit)]
        ink = np.clip(3 * (blurred(filled(curves)) - self.lightness) + 0.5, 0, 1)
        grey = ink.reshape(SIZE, FINE, SIZE, FINE).mean(axis=(1, 3)) * (LEVELS - 1)
        return np.clip(np.rint(grey + rng.normal(0, 0.7, size=grey.shape)), 0, LEVELS - 1).astype(np.uint8)

    def page(self) -> np.ndarray:
        """Every digit TIMES times, in the order of LABELS."""
        return np.stack([self.write(digit) for digit in LABELS])


def filled(curves: list[np.ndarray]) -> np.ndarray:
    """1 inside an odd number of curves, else 0, at the sample points; rows run downwards."""
    ticks = (np.arange(SIZE * FINE) + 0.5) / (SIZE * FINE) - 0.5
    points = np.stack(np.meshgrid(ticks, -ticks), axis=-1).reshape(-1, 2)
    inside = np.logical_xor.reduce([Curve(curve).contains_points(points) for curve in curves])
    return inside.reshape(SIZE * FINE, SIZE * FINE).astype(float)


def blurred(picture: np.ndarray, width: float = 2.5) -> np.ndarray:
    """The picture under a Gaussian of `width` sample points."""
    steps = np.arange(len(picture))
    bells = np.exp(-0.5 * (np.subtract.outer(steps, steps) / width) ** 2)
    bells /= bells[len(picture) // 2].sum()
    return bells @ picture @ bells


def writers() -> dict[str, list[Writer]]:
    """The writers of each split. Each has a Generator of its own, so that nobody's page depends on the others'."""
    generators = iter(np.random.default_rng(SEED).spawn(sum(count for count, _ in FONTS.values())))
    return {split: [Writer(fonts[number % len(fonts)], next(generators)) for number in range(count)]
            for split, (count, fonts) in FONTS.items()}


def main() -> None:
    arrays, first = {}, 0
    for split, group in writers().items():
        arrays[f"{split}_images"] = np.concatenate([writer.page() for writer in group])
        arrays[f"{split}_labels"] = np.tile(LABELS, len(group))
        arrays[f"{split}_writers"] = np.repeat(np.arange(first, first + len(group), dtype=np.uint8), len(LABELS))
        first += len(group)
    np.savez_compressed(FILE, **arrays)
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
