"""What scripts/docs builds the documentation with: Sphinx's settings, and the reference's pages."""
