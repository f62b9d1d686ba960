"""The composition root: settings, home folder, log, and the workers that are built and run from them.

The only room that knows concrete classes of the edges.
"""
