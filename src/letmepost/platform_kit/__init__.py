"""What platforms are built from: the declaration, the outcomes, HTTP and the simulator."""
