"""Tray and window: what people see of the agent. A process of its own that may die without harm.

Owns the screen. Knows the agent through its local API alone; never reads the store, the log or the practice's database,
and never blocks its event loop.
"""
