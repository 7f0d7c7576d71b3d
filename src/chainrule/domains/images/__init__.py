"""Images by class: the digits or folders of files, and convolutional networks for them."""
