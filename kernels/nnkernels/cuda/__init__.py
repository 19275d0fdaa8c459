"""The same programs on an NVIDIA graphics card. Nothing here is imported unless such a card is asked for."""
