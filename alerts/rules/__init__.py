"""Who is told what, and how loud. Pure."""
