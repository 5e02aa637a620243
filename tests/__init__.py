"""The test suite: one folder for each layer, plus journeys, faults, browser and bench."""
