"""Messages to people: written with the change they tell of, rendered and sent by a worker."""
