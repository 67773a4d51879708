"""A file per command; the first line of its help is its line in `vernost --help`."""
