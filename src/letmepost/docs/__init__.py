"""The documentation pages that this server serves: guides written, reference generated."""
