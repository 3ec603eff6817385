"""The house: the bootstrap, the servers, the supervisor and what they tell."""
