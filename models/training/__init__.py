"""The training side of Bedside's models: PyTorch, used by models/recipe. Not a medical device."""
