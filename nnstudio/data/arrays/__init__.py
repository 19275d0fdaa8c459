"""Arrays in a file as samples and targets, whatever the file is."""
