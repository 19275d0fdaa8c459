"""The window: widgets emit requests, commands change the model, the model states facts."""
