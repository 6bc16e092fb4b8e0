"""The only room that builds adapters and services. Empty on purpose: who asks the law loads no models."""
