"""What Prometheus is told: numbers read from the rows when somebody asks (`collector`), and counts of this process."""
