"""One file a command of `tito`."""
