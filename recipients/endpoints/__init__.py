"""The services that deliver, one small file each; the file's name is the kind's key.

A kind is a frozen dataclass: its fields are the endpoint's parameters, those of ``To`` the
recipient's, and ``send`` delivers one message. Forms, stored JSON and REST come from the fields.
"""
