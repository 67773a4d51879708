"""What the analytics pages show: tables whose every figure is an address, charts, words of lists."""
