"""The platform's portable side: Linux, and other POSIX systems for development."""
