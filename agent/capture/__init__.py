"""Capture: rows become changes. Fences, rotation, accelerators, first load, reconcile.

Knows sources and the store only through the ports in :mod:`agent.capture.ports`.
"""
