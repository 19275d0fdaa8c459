"""Training: a session that makes steps, and the one worker thread that runs it. No Qt."""
