"""The suite with which any cloud proves that it keeps the contract.

It behaves as an agent and as an integrator over HTTPS and knows nothing but the messages (``agent.wire``): a cloud is
judged by its answers alone. Must never import the reference cloud.
"""
