"""Records of training runs: kept, compared and exported. No Qt here."""
