"""When the system does something by itself, and what it tells other systems."""
