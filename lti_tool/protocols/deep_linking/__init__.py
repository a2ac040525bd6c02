"""Deep Linking 2.0: a platform asks a teacher's choice, and gets it back as content items."""
