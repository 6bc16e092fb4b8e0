"""Plots: well-formed, in step with their numbers, and safe with any name."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from facewarden.matching.plots import HEIGHT_PX, WIDTH_PX, cmc_figure, det_figure

SVG = "{http://www.w3.org/2000/svg}"
CMC = np.array([0.9, 0.95, 0.95, 1.0])
DET = np.array([[1.0, 0.0, 0.1], [0.1, 0.01, 0.6], [0.01, 0.05, 0.8], [0.001, 0.2, 0.9]])


def places(svg: str) -> list[list[tuple[float, float]]]:
    lines = ElementTree.fromstring(svg).findall(f"{SVG}polyline")
    return [[tuple(map(float, p.split(","))) for p in line.get("points").split()] for line in lines]


def test_each_curve_is_drawn_within_the_picture():
    for figure in (cmc_figure({"a": CMC, "b": CMC[:2]}, "Ranks"), det_figure({"a": DET, "b": DET}, "Errors")):
        curves = places(figure.svg)
        assert len(curves) == 2
        assert all(0 <= x <= WIDTH_PX and 0 <= y <= HEIGHT_PX for curve in curves for x, y in curve)


def test_a_curve_rises_or_falls_as_its_numbers_do():
    cmc = places(cmc_figure({"a": CMC}, "Ranks").svg)[0]
    assert [x for x, _ in cmc] == sorted(x for x, _ in cmc)
    assert cmc[0][1] > cmc[1][1] == cmc[2][1] > cmc[3][1]
    det = places(det_figure({"a": DET}, "Errors").svg)[0]
    assert len(det) == 3  # the point without a miss has no place on a logarithm
    assert [x for x, _ in det] == sorted((x for x, _ in det), reverse=True)
    assert [y for _, y in det] == sorted((y for _, y in det), reverse=True)


def test_equal_ratios_are_equal_distances_on_the_error_plot():
    det = places(det_figure({"a": DET}, "Errors").svg)[0]
    assert round(det[0][0] - det[1][0], 0) == round(det[1][0] - det[2][0], 0)


def test_the_table_says_the_numbers():
    assert "<td>0.9500</td>" in cmc_figure({"a": CMC}, "Ranks").table
    table = det_figure({"a": DET}, "Errors").table
    assert "<td>1.00e+00</td><td>0.0000</td>" in table
    assert "<td>1.00e-03</td><td>0.2000</td><td>0.9000</td>" in table


def test_names_cannot_break_out_of_the_document():
    name = '<script>alert("x")</script>&'
    for figure in (cmc_figure({name: CMC}, name), det_figure({name: DET}, name)):
        assert "<script" not in figure.svg + figure.table
        assert ElementTree.fromstring(figure.svg).find(f"{SVG}title").text == name


def test_a_perfect_result_can_be_drawn():
    assert places(cmc_figure({"a": np.ones(5)}, "Ranks").svg)
    without_misses = np.array([[1.0, 0.0, 0.1], [0.01, 0.0, 0.9]])
    assert places(det_figure({"a": without_misses}, "Errors").svg) == [[]]
