"""Where an application stands, live: the progress page, its event stream, and finding the way back to it."""
