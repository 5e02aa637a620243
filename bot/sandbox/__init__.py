"""A stand-in for WeChat's servers and phone that speaks the real protocol.

It runs as a process of its own: the account's server knows it only by HTTP, exactly as it knows WeChat.
Nothing here imports the platform code of the account; signature, cipher and XML are written a second time
on purpose, so that the two sides check each other.
"""
