"""The versions of platforms' APIs: which are spoken here, and until when they are answered."""
