"""The platform: signatures, encryption, XML, the webhook and the API gateway. Above this, nobody knows WeChat."""
