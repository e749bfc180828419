"""What scripts/gallery is made of: facts about environments, their pictures, and pages of both."""
