"""How Open Dental takes writes: through its own API Service, over HTTP; never by SQL, which it forbids and detects.

What has become of a write is read from the practice's database: that is the truth, not the API's answer.
"""
