"""The pages of the window: each arranges widgets and fills them from a model; none talks to the agent by itself."""
