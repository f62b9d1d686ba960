"""Open Dental, on MariaDB or MySQL.

Declarations to be checked line by line by someone who knows the software. Every key is a rising number, 0 refers to
nothing (but clinic 0 is the practice itself), an empty date is 0001-01-01. Names of definitions are the office's own.
"""
