"""Pictures made as arrays, and how far apart two of them are."""
