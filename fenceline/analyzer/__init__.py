"""The semantic core: from source to effect trees, from effect trees to verdicts."""
