"""Reading documents: from a photo or PDF to fields with value, confidence, page and box, and the checks on them.

`DocumentReader` in `reader.py` is the door; everything that touches a foreign file runs in its child process.
"""
