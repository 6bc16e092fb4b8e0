"""What `tools/make_screens.py` is made of: the demo's story, the list of sheets, the camera, the page of them all."""
