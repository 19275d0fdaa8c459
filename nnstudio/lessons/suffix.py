"""What the file of a lesson that is given away ends in; imports nothing, as messages elsewhere name it."""

SUFFIX = ".nnlesson"
