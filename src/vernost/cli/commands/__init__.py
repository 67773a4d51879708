"""A file per command; its first line is the command's line in `vernost --help`."""
