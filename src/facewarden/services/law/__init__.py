"""The law over what is kept: asked beforehand, explained afterwards, carried out where it orders something."""
