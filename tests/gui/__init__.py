"""The tray and window: its models, its widgets, and the whole of it on a screen."""
