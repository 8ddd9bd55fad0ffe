"""The `instructory` command: main, build, read and operate declare its commands, the other modules do the work."""
