"""Predict which customers are about to leave."""
