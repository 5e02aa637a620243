"""Pure rules: facts in, outcome out. Standard library only; the clock is an argument."""
