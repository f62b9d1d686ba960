"""A stand-in of Open Dental's API Service: the program's own door for writes, on a simulated practice's database.

Built from the vendor's public description of the calls, in our own words and with the program's side effects: history,
signals, log, hashes. :class:`service.ApiService` is the core without HTTP; :mod:`server` serves it. Must never be shown
to a real practice, and knows nothing of the agent.
"""
