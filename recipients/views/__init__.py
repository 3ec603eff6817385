"""Parts of pages: previews, and the trail of an alert."""
