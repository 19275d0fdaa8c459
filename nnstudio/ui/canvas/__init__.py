"""The canvas: painted nodes and links, gestures, search. Requests go up, facts come down."""
