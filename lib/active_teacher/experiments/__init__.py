"""Examples 4.1 and 4.2 from beginning to end, as functions of a seed, their results for many seeds, and the sweep."""
