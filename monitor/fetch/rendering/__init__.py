"""Pages that need JavaScript: a real browser, all of whose traffic goes through our own guard."""
