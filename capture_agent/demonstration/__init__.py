"""The demonstration: a capture that the project makes itself, of an office network with its faults.

``packets`` and ``bulk`` put bytes into Ethernet frames, ``conversation`` lets two machines talk,
``payloads/`` holds what they say, ``cast`` who they are, ``ordinary/`` and ``misbehaviour/`` what
they do, and ``capture`` puts it in order and writes the file. Nothing here sends anything: public
addresses and names are content of a file.
"""
