"""What a customer will do and be worth: BG/NBD, MBG/NBD and Gamma-Gamma. Pure numpy and scipy.

Time is in weeks. `frequency` counts the days with a purchase after the first, `recency` is the time from the
first to the last, `age` from the first to the day of asking (x, t_x and T of the papers).
"""
