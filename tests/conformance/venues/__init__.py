"""One file a venue: what the cards cannot know."""
