"""Writing into an Eaglesoft database: the channel, its statements, and how it finds again what it wrote."""
