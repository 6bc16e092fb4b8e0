"""The web app and the HTTP API: one router per actor. It decides nothing itself and never imports an adapter."""
