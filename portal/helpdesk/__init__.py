"""Where staff find a case, see all of it on one timeline, help, and decide what a machine may not."""
