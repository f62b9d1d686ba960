"""The only way out: HTTPS to the cloud. Keys, tokens, calls.

No retries in here (upload decides those), and nothing of the practice's data in any error.
"""
