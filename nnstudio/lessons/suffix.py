"""Names of files and folders of lessons that are named elsewhere, too; imports nothing."""

# What the file of a lesson that is given away ends in.
SUFFIX = ".nnlesson"
# With a dot, the name of a draft's folder is none that a lesson can have.
DRAFT = "draft."
