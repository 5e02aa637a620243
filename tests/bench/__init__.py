"""`make bench`: speed and memory as ratios to yardsticks measured in the same run."""
