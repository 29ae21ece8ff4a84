"""What only the whole project knows of a function: who calls it and runs it, what they hold, and what is found so."""
