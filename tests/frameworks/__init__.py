"""The same pages in each framework, and one table of what every cloud's client must get of them."""
