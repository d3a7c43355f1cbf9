"""What other tools recorded, read into captures."""
