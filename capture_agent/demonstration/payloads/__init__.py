"""What machines say: byte-correct messages of application protocols, each from its RFC."""
