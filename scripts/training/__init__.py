"""What scripts/train trains with: recipes as data, and how each kind of method is run."""
