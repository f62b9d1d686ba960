"""What stands outside the agent: simulated practices with a front desk, the reference cloud, the demo."""
