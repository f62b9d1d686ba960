"""Practice Agent: streams a practice's database to the cloud as an ordered, exact, normalized feed."""

__version__ = "0.1.0"
