"""The window's own widgets, in its one visual language. They know nothing of the agent."""
