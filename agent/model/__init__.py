"""The language of the house: resources, changes, ids, canonical encoding, readings and errors.

Pure: imports nothing of the project, does no I/O, knows no PMS and no database.
"""
