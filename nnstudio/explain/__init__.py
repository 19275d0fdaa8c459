"""What live views show, computed from a session: probes. No Qt."""
