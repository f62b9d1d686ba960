"""A simulated practice: PMS-shaped databases, a front desk that works on them, and an oracle that knows what is true.

Imports nothing of the agent but its model; what it says of a practice is therefore a second opinion.
"""
