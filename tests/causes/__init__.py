"""What goes wrong in offices, caused for real: each cause is told, and forgotten when it is mended."""
