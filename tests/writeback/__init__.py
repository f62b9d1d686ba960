"""Tests of the write-back engine."""
