"""Events, written in the transaction that changes a state."""
