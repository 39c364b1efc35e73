"""What is generated for the SDKs: one module for each language, over the same declarations."""
