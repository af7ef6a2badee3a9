"""What drives a total, source by source and unknown by unknown, from one fit."""
