"""The platform's Windows side. Imported on Windows only; checked by the type checker everywhere."""
