"""What is wrong and since when: one catalogue of warnings, and what is told from it. Reads all, changes nothing."""
