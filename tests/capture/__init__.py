"""Tests of capture, on a source made of plain dictionaries."""
