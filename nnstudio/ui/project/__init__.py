"""Opening, saving, recovering, recording and drawing a project."""
