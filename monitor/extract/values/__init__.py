"""Values as documents write them: money, token counts, times, names, licenses, yes and no."""
