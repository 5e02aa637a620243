"""From a message to a reply: intents, dialogues, handlers. Knows no XML and no HTTP."""
