"""What the operator wants: models, a loader that names file and line, and the reconciliation with the store's rows."""
