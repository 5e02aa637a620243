"""One module a topic; each answers the commands of that topic."""
