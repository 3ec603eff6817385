"""The pages of what is seen, one file each: admin views in Unfold's shell."""
