"""Taking what was remembered elsewhere: web archives of the versions, JSON lines of facts and changes, and back."""
