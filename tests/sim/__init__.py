"""The simulation: the real workers and the real store, a practice that works, and everything that can go wrong.

One thread, one seed, a virtual clock. A run prints its seed and can be replayed from it.
"""
