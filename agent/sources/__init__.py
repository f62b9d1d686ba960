"""Sources: one folder per PMS over a few shared files and the ODBC bridge."""
