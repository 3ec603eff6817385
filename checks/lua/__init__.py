"""Checks that operators write in Lua: run over stored batches, in a process that can be killed."""
