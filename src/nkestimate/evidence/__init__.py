"""The evidence of a case by itself: claims, their echoes, what sources are worth together, whether every figure is accounted for."""
