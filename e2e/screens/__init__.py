"""Page objects: what a person does and sees, in their words."""
