"""Papers as PDF. Never knows what a paper is about, and never asks anything outside for a font or a picture."""
