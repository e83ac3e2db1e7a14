"""Getting documents: honest, polite, safe."""
