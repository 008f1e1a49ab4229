"""Pages: one folder per area, with its views and forms."""
