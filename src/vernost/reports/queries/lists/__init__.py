"""Long lists of records: sorted, filtered, by pages."""
