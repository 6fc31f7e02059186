"""What a student may ask a passive teacher, and what the answers are worth: section 4 of the paper."""
