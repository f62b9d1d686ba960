"""Eaglesoft (Patterson Dental), on SQL Anywhere: tables of the owner PPM.

Declarations to be checked line by line by someone who knows the software. Identifiers are compared without regard to
case; patient and provider keys are short text; nothing but ``appt_log`` and rising keys tells what has changed.
"""
