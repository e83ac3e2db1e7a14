"""Read models: a few round trips a page, each on an index. They return values, never rows."""
