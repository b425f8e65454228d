"""What the program costs, measured against the database alone and against what others do on the same rows. See docs/performance.md."""
