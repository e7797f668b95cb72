"""frontier/params.yaml: points that cannot be end in one line."""

from pathlib import Path

import pytest

from fewbytes import frontier_params
from fewbytes.command import InputError
from fewbytes.frontier_params import Point
from tests.conftest import ROOT

PARAMS = ROOT / "frontier" / "params.yaml"


def point_of(said: str, folder: Path) -> Point:
    text = PARAMS.read_text()
    start = text.index("    blocks:")
    end = text.index("    grid:", start)
    path = folder / "params.yaml"
    path.write_text(f"{text[:start]}    blocks: {said}\n{text[end:]}")
    return next(iter(frontier_params.load(path).points.values()))


def test_a_convolution_of_what_is_flat_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="block 2 of 2 wants an image or a series, and finds what is flat"):
        point_of("[{dense: 6}, {conv: 4, kernel_size: 5, strides: 2}]", tmp_path)


def test_a_block_cannot_keep_more_than_it_has(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="block 2 of 2 cannot keep 7 of 6"):
        point_of("[{conv: 4, kernel_size: 5, strides: 2, kept: 4}, {dense: 6, kept: 7}]", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kernel_size: 3", "kernel_size: 0", "points.300B.blocks.0.kernel_size = 0: input should be greater than"),
        (
            "max_pool: 2",
            "maxpool: 2",
            ".blocks.2 = a section: a block is one of conv, depthwise, separable, residual, max_pool",
        ),
        ("teacher: single", "teacher: none", "points.300B.teacher is none, and teachers has single, team"),
        ("    filters: [24, 48] # two convolutions of each, then pooling\n", "", "has blocks or filters, one of them"),
        ("filters: [24, 48]", "blocks: [{dense: 9}, {conv: 4, kernel_size: 3, strides: 1}]", "dropout is for filters"),
        ("bits: 3", "bits: 1", "points.300B.grid.bits = 1: input should be greater than or equal to 2"),
        ("budget: {coded_bytes: 900, ram_bytes: 4096}", "budget: {}", "explore.budget: bounds nothing; give a board, "),
        ("budget: {coded_bytes: 900, ram_bytes: 4096}", "budget: {ram: 9}", "explore.budget.ram"),
        ("keep_one_of: 3", "keep_one_of: 1", "explore.keep_one_of = 1: input should be greater than or equal to 2"),
        ("images: 0.2,", "images: 2,", "explore.rungs.0.images = 2: input should be less than or equal to 1"),
    ],
)
def test_wrong_points_are_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(PARAMS.read_text().replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        frontier_params.load(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_point_is_one_line() -> None:
    with pytest.raises(InputError, match=r"frontier/params\.yaml: points has no 2B; it has 300B, "):
        frontier_params.require_point(frontier_params.load(PARAMS).points, "2B")
