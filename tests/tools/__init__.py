"""The tools and the systems behind them, on real databases."""
